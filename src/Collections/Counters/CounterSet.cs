using Quire.Collections;

namespace Quire;

/// <summary>
/// Named counters in a file: signed 64-bit numbers that any number of processes count up, of which
/// no two are ever given the same number. Each call is one durable transaction; <c>In</c> makes a
/// counter part of a larger one.
/// </summary>
/// <remarks>
/// <para>
/// Read, sum and write are one write transaction, and there is one writer at a time in all
/// processes; so numbers rise in the order of the commits. A number that was returned is on disk
/// and is never returned again, whatever dies. A call that did not return (killed, or
/// <see cref="CommitInDoubtException"/>) may have counted: then there is a gap.
/// </para>
/// <para>
/// May be used from any thread. A caller that holds a read transaction of its own would wait for
/// itself: see <see cref="WriteTransaction.Commit"/>. All methods that change may throw what
/// <see cref="PageFile.Update{T}"/> does. Kept in an ordered map: docs/counters.md.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var counters = new CounterSet(file);
/// long order = counters.Increment("orders");              // 1, then 2, in all processes
/// CounterRange ids = counters.Reserve("ids", 1000);       // ids.First to ids.Last are ours
///
/// using WriteTransaction write = file.BeginWrite();       // number and record in one commit
/// long invoice = counters.In(write).Increment("invoices");
/// write.Map("invoices").Put(KeyOf(invoice), bytes);
/// write.Commit();
/// </code>
/// </example>
public sealed class CounterSet
{
    /// <summary>The map that counters are in when no other name is given.</summary>
    public const string DefaultMap = "counters";

    /// <summary>Counters of a file. Nothing is made before the first one is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="map">The name of the map that they are kept in.</param>
    /// <exception cref="ArgumentException">No map can have this name.</exception>
    public CounterSet(PageFile file, string map = DefaultMap)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentException.ThrowIfNullOrEmpty(map);
        File = file;
        Definition = CounterFormat.Map(map);
        TypedMap.ThrowIfTooLong(file, Definition);
    }

    /// <summary>The file.</summary>
    public PageFile File { get; }

    /// <summary>The name of the map that they are kept in.</summary>
    public string Map => Definition.Name;

    /// <summary>
    /// How many bytes a name may have as UTF-8; follows from the file's page size.
    /// </summary>
    public int MaxNameBytes => NodeFormat.MaxKeyBytes(File.PayloadSize);

    internal TypedMap Definition { get; }

    /// <summary>The counters as a read transaction sees them.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public CounterReader In(ReadTransaction read)
    {
        CollectionFile.ThrowIfOther(File.Engine, read.Engine, nameof(read));
        return new CounterReader(this, read);
    }

    /// <summary>The counters as a write transaction changes them.</summary>
    /// <exception cref="ArgumentException">It is a transaction of another file.</exception>
    public CounterWriter In(WriteTransaction write)
    {
        CollectionFile.ThrowIfOther(File.Engine, write.Engine, nameof(write));
        return new CounterWriter(this, write);
    }

    /// <inheritdoc cref="CounterReader.Get"/>
    public long? Get(string name, CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).Get(name);
    }

    /// <inheritdoc cref="CounterReader.Get"/>
    public async ValueTask<long?> GetAsync(string name, CancellationToken cancellation = default)
    {
        using ReadTransaction read =
            await File.BeginReadAsync(cancellation: cancellation).ConfigureAwait(false);
        return In(read).Get(name);
    }

    /// <inheritdoc cref="CounterReader.List"/>
    public IReadOnlyList<CounterValue> List(
        string prefix = "",
        string? after = null,
        int? limit = null,
        CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).List(prefix, after, limit);
    }

    /// <inheritdoc cref="CounterWriter.Increment"/>
    public long Increment(string name, long by = 1, CancellationToken cancellation = default) =>
        Update((name, by), static (w, a) => w.Increment(a.name, a.by), cancellation);

    /// <inheritdoc cref="CounterWriter.Increment"/>
    public ValueTask<long> IncrementAsync(
        string name, long by = 1, CancellationToken cancellation = default) =>
        UpdateAsync((name, by), static (w, a) => w.Increment(a.name, a.by), cancellation);

    /// <inheritdoc cref="CounterWriter.Reserve"/>
    public CounterRange Reserve(
        string name, long count, CancellationToken cancellation = default) =>
        Update((name, count), static (w, a) => w.Reserve(a.name, a.count), cancellation);

    /// <inheritdoc cref="CounterWriter.Reserve"/>
    public ValueTask<CounterRange> ReserveAsync(
        string name, long count, CancellationToken cancellation = default) =>
        UpdateAsync((name, count), static (w, a) => w.Reserve(a.name, a.count), cancellation);

    /// <inheritdoc cref="CounterWriter.Set"/>
    public void Set(string name, long value, CancellationToken cancellation = default) =>
        Update((name, value), SetOf, cancellation);

    /// <inheritdoc cref="CounterWriter.Set"/>
    public async ValueTask SetAsync(
        string name, long value, CancellationToken cancellation = default) =>
        await UpdateAsync((name, value), SetOf, cancellation).ConfigureAwait(false);

    /// <inheritdoc cref="CounterWriter.TryAdd"/>
    public bool TryAdd(string name, long value, CancellationToken cancellation = default) =>
        Update((name, value), static (w, a) => w.TryAdd(a.name, a.value), cancellation);

    /// <inheritdoc cref="CounterWriter.TryAdd"/>
    public ValueTask<bool> TryAddAsync(
        string name, long value, CancellationToken cancellation = default) =>
        UpdateAsync((name, value), static (w, a) => w.TryAdd(a.name, a.value), cancellation);

    /// <inheritdoc cref="CounterWriter.Delete"/>
    public bool Delete(string name, CancellationToken cancellation = default) =>
        Update(name, static (w, name) => w.Delete(name), cancellation);

    /// <inheritdoc cref="CounterWriter.Delete"/>
    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellation = default) =>
        UpdateAsync(name, static (w, name) => w.Delete(name), cancellation);

    internal byte[] KeyOf(string name) => RecordName.Encode(name, "counter", MaxNameBytes);

    internal static void CheckCount(long count, string parameter)
    {
        if (count < 1)
        {
            throw new ArgumentOutOfRangeException(
                parameter, count, $"A range has 1 number or more; {count} were asked for.");
        }
    }

    internal static MapRange RangeOf(string prefix, string? after, int? limit)
    {
        if (limit < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(limit), limit, $"The limit is {limit}; it is 0 or more.");
        }

        return new MapRange
        {
            Prefix = RecordName.EncodePrefix(prefix, "counter"),
            From = after is null
                ? default(ReadOnlyMemory<byte>?)
                : RecordName.EncodePrefix(after, "counter"),
            IsFromExclusive = after is not null,
            Limit = limit,
        };
    }

    private static bool SetOf(CounterWriter writer, (string Name, long Value) to)
    {
        writer.Set(to.Name, to.Value);
        return true;
    }

    private T Update<TArgument, T>(
        TArgument argument,
        Func<CounterWriter, TArgument, T> change,
        CancellationToken cancellation) =>
        File.Update(write => change(In(write), argument), cancellation: cancellation);

    private ValueTask<T> UpdateAsync<TArgument, T>(
        TArgument argument,
        Func<CounterWriter, TArgument, T> change,
        CancellationToken cancellation) =>
        File.UpdateAsync(
            (write, _) => ValueTask.FromResult(change(In(write), argument)),
            cancellation: cancellation);
}
