using Quire.Collections;

namespace Quire;

/// <summary>
/// The counters of a file as one write transaction changes them, so that a number and what it is
/// for are one commit: after a rollback neither is there.
/// </summary>
/// <remarks>
/// Valid as long as its transaction, and belongs to one caller at a time, as that does. Every
/// method may throw what <see cref="CounterReader"/> says, and what changing a map may
/// (<see cref="MapWriter"/>).
/// </remarks>
public readonly struct CounterWriter
{
    private readonly CounterSet _counters;
    private readonly WriteTransaction _write;

    internal CounterWriter(CounterSet counters, WriteTransaction write)
    {
        _counters = counters;
        _write = write;
    }

    /// <inheritdoc cref="CounterReader.Count"/>
    public long Count => Map.Count;

    private TypedMap Definition => _counters.Definition;

    private MapReader Map => Definition.ReadIn(_write);

    /// <inheritdoc cref="CounterReader.Get"/>
    public long? Get(string name) =>
        CounterFormat.Find(Definition, Map, _counters.KeyOf(name));

    /// <inheritdoc cref="CounterReader.List"/>
    public IReadOnlyList<CounterValue> List(
        string prefix = "", string? after = null, int? limit = null) =>
        CounterFormat.List(Definition, Map, CounterSet.RangeOf(prefix, after, limit));

    /// <summary>Adds to a counter; one that is absent begins at 0.</summary>
    /// <param name="name">The counter.</param>
    /// <param name="by">What to add; negative to count down.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    /// <exception cref="OverflowException">
    /// The sum is no signed 64-bit number; the message has value and step. Nothing was changed.
    /// </exception>
    public long Increment(string name, long by = 1)
    {
        byte[] key = _counters.KeyOf(name);
        long old = CounterFormat.Find(Definition, Map, key) ?? 0;
        long sum = unchecked(old + by);
        if (by > 0 ? sum < old : sum > old)
        {
            throw new OverflowException(
                $"The counter \"{name}\" is at {old}; {(by < 0 ? "" : "+")}{by} would take it " +
                $"out of the range from {long.MinValue} to {long.MaxValue}.");
        }

        Put(key, sum);
        return sum;
    }

    /// <summary>
    /// Takes a range of numbers at once: what <paramref name="count"/> increments by one would
    /// return.
    /// </summary>
    /// <param name="name">The counter; one that is absent begins at 0.</param>
    /// <param name="count">How many numbers, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    /// <inheritdoc cref="Increment"/>
    public CounterRange Reserve(string name, long count)
    {
        CounterSet.CheckCount(count, nameof(count));
        long last = Increment(name, count);
        return new CounterRange(last - count + 1, last);
    }

    /// <summary>Gives a counter a value, whatever it was at.</summary>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    public void Set(string name, long value) => Put(_counters.KeyOf(name), value);

    /// <summary>Makes a counter, unless there is one of this name.</summary>
    /// <returns>Whether it was made.</returns>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    public bool TryAdd(string name, long value)
    {
        byte[] key = _counters.KeyOf(name);
        if (CounterFormat.Find(Definition, Map, key) is not null)
        {
            return false;
        }

        Put(key, value);
        return true;
    }

    /// <summary>
    /// Takes a counter out. One that is made again under this name begins anew, and gives numbers
    /// out that were given out before.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    public bool Delete(string name)
    {
        byte[] key = _counters.KeyOf(name);
        return CounterFormat.Find(Definition, Map, key) is not null
            && Definition.In(_write).Delete(key);
    }

    private void Put(byte[] key, long value)
    {
        Span<byte> bytes = stackalloc byte[CounterFormat.ValueBytes];
        CounterFormat.Write(bytes, value);
        Definition.In(_write).Put(key, bytes);
    }
}
