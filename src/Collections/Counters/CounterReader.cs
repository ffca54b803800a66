using Quire.Collections;

namespace Quire;

/// <summary>The counters of a file as one read transaction sees them.</summary>
/// <remarks>
/// Costs nothing to make; valid as long as its transaction. Every method may throw
/// <see cref="CorruptFileException"/>, <see cref="InvalidOperationException"/> when something else
/// than counters is kept there, and <see cref="ObjectDisposedException"/>.
/// </remarks>
public readonly struct CounterReader
{
    private readonly CounterSet _counters;
    private readonly ReadTransaction _read;

    internal CounterReader(CounterSet counters, ReadTransaction read)
    {
        _counters = counters;
        _read = read;
    }

    /// <summary>How many counters there are. Costs the same for any number.</summary>
    public long Count => _counters.Definition.In(_read).Count;

    /// <summary>The value of a counter; null when there is none of this name.</summary>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    public long? Get(string name)
    {
        byte[] key = _counters.KeyOf(name);
        return CounterFormat.Find(_counters.Definition, _counters.Definition.In(_read), key);
    }

    /// <summary>Counters in the order of the bytes of their names.</summary>
    /// <param name="prefix">What the names begin with; empty for all.</param>
    /// <param name="after">
    /// Only names that come after this one, which need not exist: the last of the page before; null
    /// to begin with the first.
    /// </param>
    /// <param name="limit">How many at most; null for all.</param>
    /// <exception cref="ArgumentException">A name is no valid text.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public IReadOnlyList<CounterValue> List(
        string prefix = "", string? after = null, int? limit = null) =>
        CounterFormat.List(
            _counters.Definition,
            _counters.Definition.In(_read),
            CounterSet.RangeOf(prefix, after, limit));
}
