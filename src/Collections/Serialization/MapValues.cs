using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Quire.Collections;

namespace Quire;

/// <summary>Serializers for values.</summary>
public static class MapValues
{
    /// <summary>Text as UTF-8.</summary>
    public static IValueSerializer<string> String { get; } = new StringValue();

    /// <summary>Bytes as they are.</summary>
    public static IValueSerializer<byte[]> Bytes { get; } = new BytesValue();

    /// <summary>Four bytes, the lowest first.</summary>
    public static IValueSerializer<int> Int32 { get; } = new FixedValue<int>(
        MapTypes.Int32,
        MapTypes.Int64,
        static (value, bytes) => BinaryPrimitives.WriteInt32LittleEndian(bytes, value),
        static bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes));

    /// <summary>Eight bytes, the lowest first.</summary>
    public static IValueSerializer<long> Int64 { get; } = new FixedValue<long>(
        MapTypes.Int64,
        8,
        static (value, bytes) => BinaryPrimitives.WriteInt64LittleEndian(bytes, value),
        static bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes));

    /// <summary>Four bytes, the lowest first.</summary>
    public static IValueSerializer<uint> UInt32 { get; } = new FixedValue<uint>(
        MapTypes.UInt32,
        MapTypes.Int64,
        static (value, bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, value),
        static bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes));

    /// <summary>Eight bytes, the lowest first.</summary>
    public static IValueSerializer<ulong> UInt64 { get; } = new FixedValue<ulong>(
        MapTypes.UInt64,
        8,
        static (value, bytes) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, value),
        static bytes => BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    /// <summary>Sixteen bytes.</summary>
    public static IValueSerializer<Guid> Guid { get; } = new FixedValue<Guid>(
        MapTypes.Guid,
        16,
        static (value, bytes) => value.TryWriteBytes(bytes, bigEndian: true, out _),
        static bytes => new Guid(bytes, bigEndian: true));

    /// <summary>
    /// JSON, by metadata from a source generator, so that it works without reflection.
    /// </summary>
    public static IValueSerializer<T> Json<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new JsonValue<T>(type);
    }

    private sealed class StringValue : IValueSerializer<string>
    {
        public ushort TypeId => MapTypes.Text;

        public void Write(string value, IBufferWriter<byte> destination)
        {
            int length = StrictText.Utf8.GetByteCount(value);
            StrictText.Utf8.GetBytes(value, destination.GetSpan(length));
            destination.Advance(length);
        }

        public string Read(ReadOnlySpan<byte> bytes) => StrictText.Read(bytes);
    }

    private sealed class BytesValue : IValueSerializer<byte[]>
    {
        public ushort TypeId => MapTypes.Bytes;

        public void Write(byte[] value, IBufferWriter<byte> destination) =>
            destination.Write(value);

        public byte[] Read(ReadOnlySpan<byte> bytes) => bytes.ToArray();
    }

    private sealed class FixedValue<T>(
        ushort typeId, int length, FixedWrite<T> write, FixedRead<T> read) : IValueSerializer<T>
    {
        public ushort TypeId => typeId;

        public void Write(T value, IBufferWriter<byte> destination)
        {
            write(value, destination.GetSpan(length)[..length]);
            destination.Advance(length);
        }

        public T Read(ReadOnlySpan<byte> bytes) => bytes.Length == length
            ? read(bytes)
            : throw new FormatException(
                $"A value of type {typeof(T).Name} has {length} bytes; these are {bytes.Length}.");
    }

    private sealed class JsonValue<T>(JsonTypeInfo<T> type) : IValueSerializer<T>
    {
        public ushort TypeId => MapTypes.Json;

        public void Write(T value, IBufferWriter<byte> destination)
        {
            using var writer = new Utf8JsonWriter(destination);
            JsonSerializer.Serialize(writer, value, type);
        }

        public T Read(ReadOnlySpan<byte> bytes)
        {
            try
            {
                return JsonSerializer.Deserialize(bytes, type)!;
            }
            catch (JsonException error)
            {
                throw new FormatException(
                    $"{bytes.Length} bytes that are no {typeof(T).Name} in JSON: {error.Message}",
                    error);
            }
        }
    }
}
