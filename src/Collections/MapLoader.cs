using Quire.Collections;

namespace Quire;

/// <summary>
/// Fills an empty map with records in the order of their keys; see <see cref="MapWriter.BeginLoad"/>.
/// Disposing it before <see cref="Complete"/> leaves the map empty.
/// </summary>
public sealed class MapLoader : IDisposable
{
    private readonly WriteTransaction _write;
    private readonly MapState _state;
    private readonly TreeLoader _tree;
    private readonly List<OverflowReference> _values = [];
    private readonly int _payloadBytes;
    private bool _isEnded;

    internal MapLoader(WriteTransaction write, MapState state, double fillFactor)
    {
        _write = write;
        _state = state;
        _payloadBytes = state.Tree.PayloadBytes;
        _tree = new TreeLoader(write, state.Root, fillFactor);
        state.IsLoading = true;
    }

    /// <summary>Appends a record.</summary>
    /// <param name="key">Above all keys so far.</param>
    /// <param name="value">Any number of bytes.</param>
    /// <exception cref="ArgumentException">The key is too long, or not above the one before.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        MapWriter.ThrowIfTooLong(key, _payloadBytes);
        if (!_tree.IsNext(key))
        {
            throw new ArgumentException(
                $"The key of record {_tree.Records} is not above the one before it.", nameof(key));
        }

        if (NodeFormat.IsInline(_payloadBytes, key.Length, value.Length))
        {
            _tree.Add(key, value, isOverflow: false);
            return;
        }

        var writer = new OverflowWriter(_write, _state.Root, _payloadBytes);
        writer.AppendAll(value);
        _values.Add(writer.Value);
        Span<byte> tail = stackalloc byte[NodeFormat.OverflowReferenceBytes];
        writer.Value.WriteTo(tail);
        _tree.Add(key, tail, isOverflow: true);
    }

    /// <summary>Makes the records those of the map.</summary>
    /// <returns>How many there are.</returns>
    public long Complete()
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        _isEnded = true;
        _state.BeginChange();
        _tree.Complete();
        _state.IsLoading = false;
        _state.EndChange(isChanged: true);
        return checked((long)_tree.Records);
    }

    /// <summary>Gives back what was written, unless it was completed.</summary>
    public void Dispose()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        _state.BeginChange();
        try
        {
            GiveBack();
        }
        catch (InvalidOperationException)
        {
            // The transaction has ended, or has failed and can only be rolled back: either way there
            // is nothing to give back, and the maps stay unusable.
            return;
        }

        _state.IsLoading = false;
        _state.EndChange(isChanged: false);
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
