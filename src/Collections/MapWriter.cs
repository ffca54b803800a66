using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Quire.Collections;

namespace Quire;

/// <summary>
/// A map that a write transaction changes. It reads like <see cref="MapReader"/>, and sees its own
/// changes; spans are valid until the next call on the transaction or one of its maps.
/// </summary>
/// <remarks>
/// A value that belongs to one caller at a time, as its transaction does. A change that fails
/// half-way (no space, a damaged page) leaves the maps of the transaction unusable: dispose it
/// without a commit.
/// </remarks>
public readonly struct MapWriter
{
    private readonly WriteTransaction _write;
    private readonly MapState? _state;

    internal MapWriter(WriteTransaction write, MapState state)
    {
        _write = write;
        _state = state;
    }

    private MapState State => _state ?? throw new InvalidOperationException(
        $"The {nameof(MapWriter)} was never opened; it comes from a {nameof(WriteTransaction)}.");

    /// <summary>The map's name.</summary>
    public string Name => State.Name;

    /// <summary>How many records it has. Costs the same for any number.</summary>
    public long Count => AsReader().Count;

    /// <summary>
    /// The longest key that it can have, which follows from the file's page size.
    /// </summary>
    public int MaxKeyBytes => NodeFormat.MaxKeyBytes(State.PayloadBytes);

    /// <summary>The same map, for code that only reads.</summary>
    public MapReader AsReader() =>
        new(new PageSource(_write), State.Root, State.Name, State);

    /// <summary>Whether there is a record with this key.</summary>
    public bool ContainsKey(ReadOnlySpan<byte> key) => AsReader().ContainsKey(key);

    /// <inheritdoc cref="MapReader.TryGet(ReadOnlySpan{byte}, out ReadOnlySpan{byte})"/>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) =>
        AsReader().TryGet(key, out value);

    /// <inheritdoc cref="MapReader.TryGet(ReadOnlySpan{byte}, Span{byte}, out int)"/>
    public bool TryGet(ReadOnlySpan<byte> key, Span<byte> destination, out int lengthBytes) =>
        AsReader().TryGet(key, destination, out lengthBytes);

    /// <inheritdoc cref="MapReader.TryGet(ReadOnlySpan{byte}, IBufferWriter{byte})"/>
    public bool TryGet(ReadOnlySpan<byte> key, IBufferWriter<byte> destination) =>
        AsReader().TryGet(key, destination);

    /// <inheritdoc cref="MapReader.TryGetStream"/>
    public bool TryGetStream(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Stream? value) =>
        AsReader().TryGetStream(key, out value);

    /// <inheritdoc cref="MapReader.TryGetFirst"/>
    public bool TryGetFirst(out MapEntry first) => AsReader().TryGetFirst(out first);

    /// <inheritdoc cref="MapReader.TryGetLast"/>
    public bool TryGetLast(out MapEntry last) => AsReader().TryGetLast(out last);

    /// <summary>A cursor, at no record yet.</summary>
    public MapCursor OpenCursor() => AsReader().OpenCursor();

    /// <summary>
    /// The records of a range; the map must not be changed while they are enumerated.
    /// </summary>
    public MapScan Scan(MapRange? range = null) => AsReader().Scan(range);

    /// <summary>Puts a record in, or replaces the one with this key.</summary>
    /// <param name="key">Up to <see cref="MaxKeyBytes"/> bytes; none at all is a key too.</param>
    /// <param name="value">Any number of bytes.</param>
    /// <returns>Whether the record is new: there was none with this key.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    /// <exception cref="StorageFullException">
    /// No space; the transaction can only be rolled back.
    /// </exception>
    public bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ThrowIfUnusable(key);
        return Put(key, value, replaces: true);
    }

    /// <summary>Puts a record in, unless there is one with this key.</summary>
    /// <returns>Whether it was put in.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    /// <exception cref="StorageFullException">
    /// No space; the transaction can only be rolled back.
    /// </exception>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ThrowIfUnusable(key);
        return Put(key, value, replaces: false);
    }

    /// <summary>Puts a record in whose value is read from a stream, or replaces the one with this
    /// key.
    /// </summary>
    /// <param name="key">Up to <see cref="MaxKeyBytes"/> bytes.</param>
    /// <param name="value">
    /// Read from its position to its end, a page at a time. When it fails, the map is as it was.
    /// </param>
    /// <returns>Whether the record is new.</returns>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    /// <exception cref="StorageFullException">
    /// No space; the transaction can only be rolled back.
    /// </exception>
    public bool PutStream(ReadOnlySpan<byte> key, Stream value)
    {
        ArgumentNullException.ThrowIfNull(value);
        ThrowIfUnusable(key);
        int payloadBytes = State.PayloadBytes;
        var writer = new OverflowWriter(_write, State.Root, payloadBytes);
        byte[] buffer = new byte[writer.CapacityBytes];
        int length = ReadOrAbandon(value, buffer, writer);
        if (length < buffer.Length
            && NodeFormat.IsInline(payloadBytes, key.Length, length))
        {
            return Put(key, buffer.AsSpan(0, length), replaces: true);
        }

        while (length > 0)
        {
            using (MapChange append = State.BeginChange())
            {
                writer.Append(buffer.AsSpan(0, length));
                append.Complete(isChanged: false);
            }

            length = length < buffer.Length ? 0 : ReadOrAbandon(value, buffer, writer);
        }

        Span<byte> tail = stackalloc byte[NodeFormat.OverflowReferenceBytes];
        writer.Value.WriteTo(tail);
        using MapChange change = State.BeginChange();
        using TreeWriter tree = State.TakeTree();
        bool isNew = !tree.Put(key, tail, isOverflow: true, replaces: true);
        change.Complete();
        return isNew;
    }

    /// <summary>Takes a record out.</summary>
    /// <returns>Whether there was one with this key.</returns>
    /// <exception cref="StorageFullException">
    /// No space; the transaction can only be rolled back.
    /// </exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        State.ThrowIfUnusable();
        using MapChange change = State.BeginChange();
        using TreeWriter tree = State.TakeTree();
        bool isDeleted = tree.Delete(key);
        change.Complete(isDeleted);
        return isDeleted;
    }

    /// <summary>Takes all records out. The map stays, empty.</summary>
    public void Clear()
    {
        State.ThrowIfUnusable();
        using MapChange change = State.BeginChange();
        TreeEraser.Clear(_write, State.Root);
        change.Complete();
    }

    /// <summary>Takes the map out of the file. This object cannot be used any more.</summary>
    public void Drop()
    {
        State.ThrowIfUnusable();
        using MapChange change = State.BeginChange();
        MapCatalog.Drop(_write, Name, new CatalogEntry(State.Root, 0, 0));
        State.Drop();
        change.Complete();
    }

    /// <summary>
    /// Fills an empty map with records that come in the order of their keys: several times faster
    /// than putting them in one by one, and pages are as full as asked for.
    /// </summary>
    /// <param name="records">The records. They may come from other maps of the same
    /// transaction.</param>
    /// <param name="fillFactor">
    /// How full each page is to be, from 0.5 to 1; less than 1 leaves room for records in between.
    /// </param>
    /// <returns>How many records there were.</returns>
    /// <exception cref="InvalidOperationException">The map is not empty.</exception>
    /// <exception cref="ArgumentException">
    /// A key is too long, or not above the one before it; the map is empty again.
    /// </exception>
    public long BulkLoad(
        IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> records,
        double fillFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(records);
        using MapLoader loader = BeginLoad(fillFactor);
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) in records)
        {
            loader.Add(key.Span, value.Span);
        }

        return loader.Complete();
    }

    /// <summary>
    /// Begins to fill an empty map with records in order, one call for each. The map cannot be used
    /// until the loader is completed or disposed.
    /// </summary>
    /// <inheritdoc cref="BulkLoad" path="/param[@name='fillFactor']"/>
    /// <exception cref="InvalidOperationException">The map is not empty.</exception>
    public MapLoader BeginLoad(double fillFactor = 1)
    {
        State.ThrowIfUnusable();
        if (fillFactor is not (>= 0.5 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(fillFactor), fillFactor, "The fill factor must be from 0.5 to 1.");
        }

        if (Count > 0)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" has {Count} records; only an empty one can be loaded.");
        }

        return new MapLoader(_write, State, fillFactor);
    }

    internal static void ThrowIfTooLong(ReadOnlySpan<byte> key, int payloadBytes)
    {
        int longest = NodeFormat.MaxKeyBytes(payloadBytes);
        if (key.Length > longest)
        {
            throw new ArgumentException(
                $"The key has {key.Length} bytes; in this file it may have {longest}.",
                nameof(key));
        }
    }

    private bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool replaces)
    {
        bool isInline = NodeFormat.IsInline(State.PayloadBytes, key.Length, value.Length);
        if (!isInline && !replaces && ContainsKey(key))
        {
            return false;
        }

        using MapChange change = State.BeginChange();
        using TreeWriter tree = State.TakeTree();
        bool isNew;
        if (isInline)
        {
            isNew = !tree.Put(key, value, isOverflow: false, replaces);
        }
        else
        {
            var writer = new OverflowWriter(_write, State.Root, tree.PayloadBytes);
            writer.AppendAll(value);
            Span<byte> tail = stackalloc byte[NodeFormat.OverflowReferenceBytes];
            writer.Value.WriteTo(tail);
            isNew = !tree.Put(key, tail, isOverflow: true, replaces);
        }

        change.Complete(isNew || replaces);
        return isNew;
    }

    /// <summary>Fills a buffer; a source that fails gets no page.</summary>
    private static int ReadOrAbandon(Stream source, byte[] buffer, OverflowWriter writer)
    {
        try
        {
            return source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch
        {
            writer.Abandon();
            throw;
        }
    }

    private void ThrowIfUnusable(ReadOnlySpan<byte> key)
    {
        State.ThrowIfUnusable();
        ThrowIfTooLong(key, State.PayloadBytes);
    }
}
