using System.Threading.Channels;
using Quire.Locking;

namespace Quire.Pager;

/// <summary>
/// Looks at main when it may have changed, and tells the <see cref="CommitWatch"/> of commits. One
/// per open file while anybody waits; it holds no thread, and no lock but for a moment.
/// </summary>
/// <remarks>
/// <para>
/// A commit is several writes of main, and each may be told as a change:
/// </para>
/// <code>
///   change   told of            the marker's sector, without a lock     then
///   C3       a commit begins    marker set                              nothing
///   C5       its pages          marker set                              nothing
///   C7       it is applied      marker clear, a number above            a read transaction
/// </code>
/// <para>
/// The look without a lock costs one read of a sector, disturbs nobody, and decides nothing but
/// whether a read transaction is worth its locks. The number that is told is the read
/// transaction's: at C7 of a classic commit it is not synced yet, and R2 waits until it is (C8),
/// so nobody learns of a commit that a power cut could still undo. Who goes on with a read
/// transaction of its own is woken by the look, and waits there.
/// </para>
/// <para>
/// A re-check, by the clock, does without the change: it also tries a read transaction when the
/// look shows nothing, which recovers a commit whose writer was killed, and sees through the cache
/// of a network file system. It only tries, so that it never stands in line for main behind an
/// exclusive transaction.
/// </para>
/// </remarks>
internal sealed class CommitLookout : IDisposable
{
    private readonly EngineFile _file;
    private readonly ReaderProtocol _reader;
    private readonly CommitWatch _watch;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IDisposable? _changes;
    private readonly ITimer _timer;
    private int _isRecheck;

    public CommitLookout(EngineFile file, ReaderProtocol reader, CommitWatch watch)
    {
        _file = file;
        _reader = reader;
        _watch = watch;
        _changes = WatchChanges();
        TimeSpan interval = file.Options.CommitRecheckInterval;
        _timer = file.Host.Clock.CreateTimer(
            static lookout => ((CommitLookout)lookout!).Recheck(), this, interval, interval);
        _ = RunAsync(_stop.Token);
    }

    /// <summary>Asks for a look soon; any number of requests may be answered by one look.</summary>
    public void Look() => _wake.Writer.TryWrite(true);

    public void Dispose()
    {
        _changes?.Dispose();
        _timer.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Recheck()
    {
        Volatile.Write(ref _isRecheck, 1);
        Look();
    }

    private IDisposable? WatchChanges()
    {
        try
        {
            return _file.Host.Files.WatchChanges(_file.Path, OnChange);
        }
        catch (IOException refused)
        {
            _watch.LogUnwatched(refused);
            return null;
        }
    }

    private void OnChange(Exception? missed)
    {
        if (missed is not null)
        {
            _watch.LogUnwatched(missed);
            Volatile.Write(ref _isRecheck, 1);
        }

        Look();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _wake.Reader.ReadAsync(stop).ConfigureAwait(false);
                await LookAsync(Interlocked.Exchange(ref _isRecheck, 0) != 0, stop)
                    .ConfigureAwait(false);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody waits any more, or the file was disposed, which tells the waiters itself.
        }
    }

    private async ValueTask LookAsync(bool isRecheck, CancellationToken stop)
    {
        try
        {
            bool isNews = Peek() is { } number && _watch.Announce(number);
            if (isNews || isRecheck)
            {
                LockDeadline deadline = LockDeadline.Start(
                    _file.Host.Clock, isNews ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, stop);
                MainState main = await _reader.BeginAsync(deadline).ConfigureAwait(false);
                _reader.End();
                _watch.Publish(main.Number);
            }
        }
        catch (BusyException)
        {
            // Only a re-check that tries: somebody commits right now, and it will be told.
        }
        catch (Exception failure) when (
            failure is not (OperationCanceledException or ObjectDisposedException))
        {
            _watch.Fail(failure);
        }
    }

    /// <summary>The number in the marker's sector; null when the marker is set or unreadable.</summary>
    private TransactionNumber? Peek()
    {
        Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
        int length = _file.ReaderMain.File.Read(MainFormat.MarkerOffset, sector);
        return MarkerSector.TryRead(sector[..length], out MarkerSector marker)
            && !marker.IsSet
            && marker.FileId == _file.FileId
            ? marker.Applied
            : null;
    }
}
