using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Quire.Collections;

namespace Quire;

/// <summary>
/// A map as one transaction sees it. Keys are compared as unsigned bytes; a key sorts before all
/// keys that begin with it.
/// </summary>
/// <remarks>
/// <para>
/// Spans that it returns point into the pages. In a read transaction they are valid until it is
/// disposed; in a write transaction (see <see cref="MapWriter"/>) until the next call on that
/// transaction or one of its maps. What outlives that is not detected: copy what you keep.
/// </para>
/// <para>
/// A value, costs nothing to make, and belongs to one caller at a time, as its transaction does.
/// Every method may throw <see cref="CorruptFileException"/>, and
/// <see cref="ObjectDisposedException"/> once the transaction has ended.
/// </para>
/// </remarks>
public readonly struct MapReader
{
    private readonly PageSource _pages;
    private readonly PageNumber _root;
    private readonly MapState? _state;

    internal MapReader(scoped in PageSource pages, PageNumber root, string name, MapState? state)
    {
        _pages = pages;
        _root = root;
        _state = state;
        Name = name;
    }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>Whether the file has this map; when not, it reads as an empty one.</summary>
    public bool Exists => !_root.IsNone;

    /// <summary>How many records it has. Costs the same for any number.</summary>
    public long Count
    {
        get
        {
            _state?.ThrowIfUnusable();
            return Exists ? checked((long)TreeReader.CountOf(_pages, _root)) : 0;
        }
    }

    internal PageNumber Root => _root;

    internal MapState? State => _state;

    internal PageSource Pages => _pages;

    /// <summary>Whether there is a record with this key.</summary>
    public bool ContainsKey(ReadOnlySpan<byte> key) => TryFind(key, out _);

    /// <summary>Finds a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">
    /// The value where it lies, without a copy; a value too large for its leaf is copied together
    /// into a new array.
    /// </param>
    /// <returns>Whether there is a record with this key.</returns>
    /// <exception cref="InvalidOperationException">The value is too long for a span.</exception>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        _state?.ThrowIfUnusable();
        if (Exists)
        {
            return TreeReader.TryFindSpan(_pages, _root, key, out value);
        }

        value = default;
        return false;
    }

    /// <summary>Copies a value into a buffer.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">At least as long as the value.</param>
    /// <param name="lengthBytes">The length of the value; 0 when there is none.</param>
    /// <returns>Whether there is a record with this key.</returns>
    /// <exception cref="ArgumentException">The value is longer than the buffer.</exception>
    public bool TryGet(ReadOnlySpan<byte> key, Span<byte> destination, out int lengthBytes)
    {
        bool isFound = TryFind(key, out ValueReference found);
        lengthBytes = isFound ? found.CopyTo(destination) : 0;
        return isFound;
    }

    /// <summary>Appends a value to a buffer.</summary>
    /// <returns>Whether there is a record with this key.</returns>
    public bool TryGet(ReadOnlySpan<byte> key, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        bool isFound = TryFind(key, out ValueReference found);
        if (isFound)
        {
            found.CopyTo(destination);
        }

        return isFound;
    }

    /// <summary>Learns how long a value is without reading it.</summary>
    /// <returns>Whether there is a record with this key.</returns>
    public bool TryGetLength(ReadOnlySpan<byte> key, out long lengthBytes)
    {
        bool isFound = TryFind(key, out ValueReference found);
        lengthBytes = isFound ? found.LengthBytes : 0;
        return isFound;
    }

    /// <summary>Opens a value as a stream.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">
    /// A stream that can seek and not write; a large value is read page by page. Valid as long as
    /// the transaction, and until the map is changed.
    /// </param>
    /// <returns>Whether there is a record with this key.</returns>
    public bool TryGetStream(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Stream? value)
    {
        bool isFound = TryFind(key, out ValueReference found);
        value = isFound ? found.OpenStream(_state) : null;
        return isFound;
    }

    /// <summary>The record with the lowest key.</summary>
    /// <returns>Whether there is any.</returns>
    public bool TryGetFirst(out MapEntry first) => TryGetEnd(isLast: false, out first);

    /// <summary>The record with the highest key.</summary>
    /// <returns>Whether there is any.</returns>
    public bool TryGetLast(out MapEntry last) => TryGetEnd(isLast: true, out last);

    /// <summary>A cursor, at no record yet.</summary>
    public MapCursor OpenCursor()
    {
        _state?.ThrowIfUnusable();
        return new MapCursor(_pages, _root, _state);
    }

    /// <summary>The records of a range, one after the other, in order or in reverse.</summary>
    public MapScan Scan(MapRange? range = null) => new(this, range ?? MapRange.All);

    private bool TryFind(scoped ReadOnlySpan<byte> key, out ValueReference value)
    {
        _state?.ThrowIfUnusable();
        if (Exists)
        {
            return TreeReader.TryFind(_pages, _root, key, out value);
        }

        value = default;
        return false;
    }

    private bool TryGetEnd(bool isLast, out MapEntry entry)
    {
        MapCursor cursor = OpenCursor();
        bool isFound = isLast ? cursor.MoveLast() : cursor.MoveFirst();
        entry = isFound ? new MapEntry(cursor) : default;
        return isFound;
    }
}
