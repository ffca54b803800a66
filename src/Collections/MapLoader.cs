using Quire.Collections;

namespace Quire;

/// <summary>
/// Fills an empty map with records in the order of their keys; see <see
/// cref="MapWriter.BeginLoad"/>. Disposing it before <see cref="Complete"/> leaves the map empty.
/// </summary>
public sealed class MapLoader : IDisposable
{
    private readonly WriteTransaction _write;
    private readonly MapState _state;
    private readonly TreeLoader _tree;
    private readonly List<OverflowReference> _values = [];
    private readonly int _payloadBytes;
    private readonly int _rollbacks;
    private bool _isEnded;

    internal MapLoader(WriteTransaction write, MapState state, double fillFactor)
    {
        _write = write;
        _state = state;
        _payloadBytes = state.PayloadBytes;
        _tree = new TreeLoader(write, state.Root, fillFactor);
        _rollbacks = write.Rollbacks;
        state.BeginLoading();
    }

    /// <summary>Appends a record.</summary>
    /// <param name="key">Above all keys so far.</param>
    /// <param name="value">Any number of bytes.</param>
    /// <exception cref="ArgumentException">The key is too long, or not above the one
    /// before.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ThrowIfEnded();
        MapWriter.ThrowIfTooLong(key, _payloadBytes);
        if (!_tree.IsNext(key, out int common))
        {
            throw new ArgumentException(
                $"The key of record {_tree.Records} is not above the one before it.", nameof(key));
        }

        if (NodeFormat.IsInline(_payloadBytes, key.Length, value.Length))
        {
            _tree.Add(common, key, value, isOverflow: false);
            return;
        }

        var writer = new OverflowWriter(_write, _state.Root, _payloadBytes);
        writer.AppendAll(value);
        _values.Add(writer.Value);
        Span<byte> tail = stackalloc byte[NodeFormat.OverflowReferenceBytes];
        writer.Value.WriteTo(tail);
        _tree.Add(common, key, tail, isOverflow: true);
    }

    /// <summary>Makes the records those of the map.</summary>
    /// <returns>How many there are.</returns>
    public long Complete()
    {
        ThrowIfEnded();
        _isEnded = true;
        using MapChange change = _state.BeginChange();
        _tree.Complete();
        _state.EndLoading();
        change.Complete();
        return checked((long)_tree.Records);
    }

    /// <summary>Gives back what was written, unless it was completed.</summary>
    public void Dispose()
    {
        // Of a transaction that has ended or gone back to a savepoint there is nothing to give
        // back, and of one that failed nothing can be.
        bool isUndone = _isEnded || _write.IsEnded || _write.Rollbacks != _rollbacks;
        _isEnded = true;
        if (isUndone)
        {
            return;
        }

        using MapChange change = _state.BeginChange();
        try
        {
            GiveBack();
        }
        catch (InvalidOperationException)
        {
            return;
        }

        _state.EndLoading();
        change.Complete(isChanged: false);
    }

    private void ThrowIfEnded()
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        if (_write.Rollbacks != _rollbacks)
        {
            throw new InvalidOperationException(
                $"The transaction went back to a savepoint while the map \"{_state.Name}\" was " +
                "loaded.");
        }
    }

    private void GiveBack()
    {
        _tree.Abandon();
        foreach (OverflowReference value in _values)
        {
            OverflowChain.Free(_write, _state.Root, value, _payloadBytes);
        }
    }
}
