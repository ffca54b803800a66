using System.Runtime.CompilerServices;
using Quire.Collections;

namespace Quire;

/// <content>Following entries.</content>
public sealed partial class KeyValueStore
{
    /// <summary>
    /// Follows the entries of some keys: first as they are now, then as they are after each change,
    /// whichever process makes it, until cancelled or disposed.
    /// </summary>
    /// <param name="keys">The keys, at least one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>
    /// Lists of the entries in the order of the keys, null where there is none, each list as of one
    /// moment. A list differs from the one before it in a versionstamp. Who is slow gets the latest
    /// and not all in between; the order never goes back, and no key's stamp goes down.
    /// </returns>
    /// <remarks>
    /// Nothing is read while nobody commits (<see cref="PageFile.WaitForCommitAsync"/>), and no
    /// transaction is open while the caller looks at a list. An entry is reported gone when it
    /// expires, by <see cref="KeyValueStoreOptions.Clock"/>; when that clock is set back afterwards,
    /// it stays gone here.
    /// </remarks>
    /// <exception cref="ArgumentException">There are no keys, or one is too long.</exception>
    /// <exception cref="OperationCanceledException">From the enumeration: cancelled.</exception>
    /// <exception cref="ObjectDisposedException">
    /// From the enumeration: the file was disposed.
    /// </exception>
    public IAsyncEnumerable<IReadOnlyList<StoreEntry?>> Watch(
        IReadOnlyList<StoreKey> keys, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0)
        {
            throw new ArgumentException("To watch takes one key or more; these are 0.", nameof(keys));
        }

        foreach (StoreKey key in keys)
        {
            ArgumentNullException.ThrowIfNull(key, nameof(keys));
            StoreLimits.Check(key);
            if (key.EndsWithCommitVersionstamp)
            {
                throw new ArgumentException(
                    $"The key {key} has the place of a versionstamp; no entry has such a key.",
                    nameof(keys));
            }
        }

        return WatchAsync([.. keys], cancellation);
    }

    private async IAsyncEnumerable<IReadOnlyList<StoreEntry?>> WatchAsync(
        StoreKey[] keys, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using IDisposable notifications = _file.KeepWatching();
        StoreEntry?[]? last = null;
        long now = 0;
        while (true)
        {
            // An entry that was due once is not seen again when the clock is set back.
            now = Math.Max(now, _options.Now);
            StoreEntry?[] entries;
            TransactionNumber number;
            using (ReadTransaction read = await _file.BeginReadAsync(
                Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false))
            {
                number = read.Number;
                StoreView view = StoreView.Of(read, _options.Map, now);
                entries = [.. keys.Select(view.Get)];
            }

            if (last is null || HasChanged(last, entries))
            {
                last = entries;
                yield return entries;
            }

            await WaitForChangeAsync(number, FirstExpiryOf(entries), cancellation)
                .ConfigureAwait(false);
        }
    }

    private static bool HasChanged(StoreEntry?[] before, StoreEntry?[] after) =>
        !before.Select(entry => entry?.Versionstamp)
            .SequenceEqual(after.Select(entry => entry?.Versionstamp));

    private static long? FirstExpiryOf(StoreEntry?[] entries) =>
        entries.Min(entry => entry?.ExpiresAt?.ToUnixTimeMilliseconds());

    /// <summary>Until somebody commits after a number, or a time is due.</summary>
    private async Task WaitForChangeAsync(
        TransactionNumber number, long? due, CancellationToken cancellation)
    {
        if (due is null)
        {
            await _file.WaitToReadAsync(number, cancellation).ConfigureAwait(false);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task commit = _file.WaitToReadAsync(number, end.Token).AsTask();
        Task alarm = StoreAlarm.WaitAsync(_options.Clock, due, end.Token);
        Task first = await Task.WhenAny(commit, alarm).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);

        // Both have let go of what they hold when this goes on.
        await Task.WhenAll(commit, alarm).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
    }
}
