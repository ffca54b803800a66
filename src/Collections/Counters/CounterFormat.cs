using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// How counters are kept: one record each, the name as its key, eight bytes as its value.
/// </summary>
internal static class CounterFormat
{
    /// <summary>The length of a value: a signed integer, the lowest byte first.</summary>
    public const int ValueBytes = 8;

    public static TypedMap Map(string name) => new(name, MapTypes.Text, MapTypes.Counters);

    public static void Write(Span<byte> destination, long value) =>
        BinaryPrimitives.WriteInt64LittleEndian(destination, value);

    /// <summary>Finds a counter.</summary>
    /// <exception cref="CorruptFileException">What is found is no counter.</exception>
    public static long? Find(TypedMap definition, in MapReader map, ReadOnlySpan<byte> name) =>
        map.TryGet(name, out ReadOnlySpan<byte> value)
            ? Read(definition, map, name, value)
            : null;

    /// <summary>The counters whose names begin so and come after one, in order.</summary>
    /// <exception cref="CorruptFileException">One of them is no counter.</exception>
    public static List<CounterValue> List(
        TypedMap definition, in MapReader map, MapRange range)
    {
        List<CounterValue> counters = [];
        foreach (MapEntry entry in map.Scan(range))
        {
            counters.Add(ReadCounter(definition, map, entry));
        }

        return counters;
    }

    /// <summary>Reads a counter that a scan has found.</summary>
    /// <exception cref="CorruptFileException">It is none.</exception>
    public static CounterValue ReadCounter(
        TypedMap definition, in MapReader map, in MapEntry entry)
    {
        long value = Read(definition, map, entry.Key, entry.Value);
        return new CounterValue(ReadName(definition, map, entry.Key), value);
    }

    private static string ReadName(
        TypedMap definition, in MapReader map, ReadOnlySpan<byte> name)
    {
        try
        {
            return name.IsEmpty
                ? throw definition.Corrupt(map, "a counter has a name of 0 bytes")
                : StrictText.Read(name);
        }
        catch (FormatException error)
        {
            throw definition.Corrupt(map, $"the name of a counter is no text: {error.Message}");
        }
    }

    private static long Read(
        TypedMap definition,
        in MapReader map,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value) => value.Length == ValueBytes
            ? BinaryPrimitives.ReadInt64LittleEndian(value)
            : throw definition.Corrupt(
                map,
                $"the counter \"{ReadName(definition, map, name)}\" has a value of " +
                $"{value.Length} bytes, expected {ValueBytes}");
}
