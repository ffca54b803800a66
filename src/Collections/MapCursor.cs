using System.Buffers;
using Quire.Collections;

namespace Quire;

/// <summary>
/// A place among the records of a map, which can move in both directions. A change of the map
/// through the same transaction makes its place invalid: place it anew with <see cref="Seek"/> or
/// one of the others.
/// </summary>
/// <remarks>
/// A new cursor is at no record: <see cref="MoveNext"/> takes it to the first,
/// <see cref="MovePrevious"/> to the last. Once it has run off an end it stays there until it is
/// placed. Every method may throw <see cref="CorruptFileException"/>, and
/// <see cref="ObjectDisposedException"/> once the transaction has ended.
/// </remarks>
public sealed class MapCursor
{
    private readonly TreeCursor _tree;
    private readonly MapState? _state;
    private long _version;
    private bool _isNew = true;

    internal MapCursor(in PageSource pages, PageNumber root, MapState? state)
    {
        _tree = new TreeCursor(pages, root);
        _state = state;
        _version = state?.Version ?? 0;
    }

    /// <summary>Whether it is at a record.</summary>
    public bool IsPlaced => _tree.IsPlaced;

    /// <summary>The key of its record; valid until the cursor moves.</summary>
    /// <exception cref="InvalidOperationException">
    /// It is at no record, or the map was changed.
    /// </exception>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            ThrowIfNotPlaced();
            return _tree.Key;
        }
    }

    /// <summary>
    /// The value of its record; valid as <see cref="MapReader"/> says of all spans. A value too
    /// large for its leaf is copied together into a new array.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// It is at no record, the map was changed, or the value is too long for a span.
    /// </exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ThrowIfNotPlaced();
            return _tree.ValueBytes;
        }
    }

    /// <summary>How long the value of its record is.</summary>
    public long ValueLengthBytes => Find().LengthBytes;

    /// <summary>Appends the value of its record to a buffer.</summary>
    public void CopyValueTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Find().CopyTo(destination);
    }

    /// <summary>
    /// Opens the value of its record, as <see cref="MapReader.TryGetStream"/> does.
    /// </summary>
    public Stream OpenValue() => Find().OpenStream(_state);

    /// <summary>Goes to the record with the lowest key.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveFirst()
    {
        Place();
        return _tree.MoveToEnd(isLast: false);
    }

    /// <summary>Goes to the record with the highest key.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveLast()
    {
        Place();
        return _tree.MoveToEnd(isLast: true);
    }

    /// <summary>Goes to the first record whose key is the given one or above it.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        Place();
        return _tree.Seek(key);
    }

    /// <summary>Goes to the last record whose key is the given one or below it.</summary>
    /// <returns>Whether there is one.</returns>
    public bool SeekAtMost(ReadOnlySpan<byte> key)
    {
        Place();
        return _tree.SeekBackward(key, isInclusive: true);
    }

    /// <summary>Goes to the last record whose key is below the given one.</summary>
    /// <returns>Whether there is one.</returns>
    public bool SeekBelow(ReadOnlySpan<byte> key)
    {
        Place();
        return _tree.SeekBackward(key, isInclusive: false);
    }

    /// <summary>Goes to the next record.</summary>
    /// <returns>Whether there is one; when not, the cursor is at none.</returns>
    /// <exception cref="InvalidOperationException">The map was changed.</exception>
    public bool MoveNext() => _isNew ? MoveFirst() : Move(isBackward: false);

    /// <summary>Goes to the record before.</summary>
    /// <returns>Whether there is one; when not, the cursor is at none.</returns>
    /// <exception cref="InvalidOperationException">The map was changed.</exception>
    public bool MovePrevious() => _isNew ? MoveLast() : Move(isBackward: true);

    private bool Move(bool isBackward)
    {
        _state?.ThrowIfChanged(_version, "cursor");
        return _tree.IsPlaced && _tree.Move(isBackward);
    }

    private void Place()
    {
        _isNew = false;
        if (_state is not null)
        {
            _state.ThrowIfUnusable();
            _version = _state.Version;
        }
    }

    private ValueReference Find()
    {
        ThrowIfNotPlaced();
        return _tree.Value;
    }

    private void ThrowIfNotPlaced()
    {
        _state?.ThrowIfChanged(_version, "cursor");
        if (!_tree.IsPlaced)
        {
            ThrowNotPlaced();
        }
    }

    /// <summary>Apart, so that the check itself is inlined into every look at a record.</summary>
    private static void ThrowNotPlaced() =>
        throw new InvalidOperationException("The cursor is at no record.");
}
