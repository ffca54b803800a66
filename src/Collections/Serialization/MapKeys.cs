using System.Buffers.Binary;
using Quire.Collections;

namespace Quire;

/// <summary>Serializers for keys. Each keeps the order of what it serializes.</summary>
public static class MapKeys
{
    /// <summary>Text as UTF-8: sorts by code points, which is neither a culture's order nor
    /// UTF-16's.
    /// </summary>
    public static IKeySerializer<string> String { get; } = new StringKey();

    /// <summary>Bytes as they are.</summary>
    public static IKeySerializer<byte[]> Bytes { get; } = new BytesKey();

    /// <summary>Four bytes, the highest first, the sign turned so that negative numbers come first.
    /// </summary>
    public static IKeySerializer<int> Int32 { get; } = new FixedKey<int>(
        MapTypes.Int32,
        MapTypes.Int64,
        static (key, bytes) =>
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)key ^ 0x8000_0000),
        static bytes => (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes) ^ 0x8000_0000));

    /// <summary>Eight bytes, as <see cref="Int32"/>.</summary>
    public static IKeySerializer<long> Int64 { get; } = new FixedKey<long>(
        MapTypes.Int64,
        8,
        static (key, bytes) =>
            BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)key ^ 0x8000_0000_0000_0000),
        static bytes =>
            (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ 0x8000_0000_0000_0000));

    /// <summary>Four bytes, the highest first.</summary>
    public static IKeySerializer<uint> UInt32 { get; } = new FixedKey<uint>(
        MapTypes.UInt32,
        MapTypes.Int64,
        static (key, bytes) => BinaryPrimitives.WriteUInt32BigEndian(bytes, key),
        static bytes => BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>Eight bytes, the highest first.</summary>
    public static IKeySerializer<ulong> UInt64 { get; } = new FixedKey<ulong>(
        MapTypes.UInt64,
        8,
        static (key, bytes) => BinaryPrimitives.WriteUInt64BigEndian(bytes, key),
        static bytes => BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>Sixteen bytes in the order in which a Guid is written; sorts as Guids do.</summary>
    public static IKeySerializer<Guid> Guid { get; } = new FixedKey<Guid>(
        MapTypes.Guid,
        16,
        static (key, bytes) => key.TryWriteBytes(bytes, bigEndian: true, out _),
        static bytes => new Guid(bytes, bigEndian: true));

    /// <summary>Two keys in one; sorts by the first, then by the second.</summary>
    public static IKeySerializer<(TFirst First, TSecond Second)> Tuple<TFirst, TSecond>(
        IKeySerializer<TFirst> first, IKeySerializer<TSecond> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new TupleKey<TFirst, TSecond>(first, second);
    }

    private sealed class StringKey : IKeySerializer<string>
    {
        public ushort TypeId => MapTypes.Text;

        public bool IsFixedLength => false;

        public int GetLengthBytes(string key) => StrictText.Utf8.GetByteCount(key);

        public void Write(string key, Span<byte> destination) =>
            StrictText.Utf8.GetBytes(key, destination);

        public string Read(ReadOnlySpan<byte> bytes) => StrictText.Read(bytes);
    }

    private sealed class BytesKey : IKeySerializer<byte[]>
    {
        public ushort TypeId => MapTypes.Bytes;

        public bool IsFixedLength => false;

        public int GetLengthBytes(byte[] key) => key.Length;

        public void Write(byte[] key, Span<byte> destination) => key.CopyTo(destination);

        public byte[] Read(ReadOnlySpan<byte> bytes) => bytes.ToArray();
    }

    private sealed class FixedKey<T>(
        ushort typeId, int length, FixedWrite<T> write, FixedRead<T> read) : IKeySerializer<T>
    {
        public ushort TypeId => typeId;

        public bool IsFixedLength => true;

        public int GetLengthBytes(T key) => length;

        public void Write(T key, Span<byte> destination) => write(key, destination);

        public T Read(ReadOnlySpan<byte> bytes) => bytes.Length == length
            ? read(bytes)
            : throw new FormatException(
                $"A key of type {typeof(T).Name} has {length} bytes; these are {bytes.Length}.");
    }
}

internal delegate void FixedWrite<T>(T value, Span<byte> bytes);

internal delegate T FixedRead<T>(ReadOnlySpan<byte> bytes);
