using System.Buffers;

namespace Quire.Cli.Maps.Records;

/// <summary>
/// Writes records in one of the formats. They gather in memory until <see cref="Flush"/>, so that a
/// transaction need not stay open while somebody reads a pipe slowly.
/// </summary>
internal abstract class RecordWriter(Stream output) : IDisposable
{
    /// <summary>A good moment to flush.</summary>
    public const int PlentyBytes = 64 * 1024;

    /// <summary>
    /// The longest value that is written as a record: with escapes still within what one string of
    /// the JSON writer may have.
    /// </summary>
    public const long LongestValueBytes = 100_000_000;

    protected ArrayBufferWriter<byte> Pending { get; } = new(2 * PlentyBytes);

    /// <summary>How much waits for <see cref="Flush"/>.</summary>
    public int PendingBytes => Pending.WrittenCount;

    /// <summary>Writes what comes before the first record.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>Writes a record.</summary>
    public abstract void Write(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Says that there is such a map, where the format can.</summary>
    public virtual void WriteEmptyMap(string map)
    {
    }

    /// <summary>Hands on what has gathered.</summary>
    public void Flush()
    {
        output.Write(Pending.WrittenSpan);
        output.Flush();
        Pending.ResetWrittenCount();
    }

    /// <summary>Drops what was not flushed; the output stays open.</summary>
    public virtual void Dispose()
    {
    }

    public static RecordWriter Create(RecordFormat format, Stream output) =>
        format == RecordFormat.Csv ? new CsvRecordWriter(output) : new JsonRecordWriter(output);

    /// <summary>The value of a record, when it is not too long to be one.</summary>
    public static ReadOnlySpan<byte> ValueOf(string map, MapEntry entry) =>
        entry.ValueLengthBytes <= LongestValueBytes
            ? entry.Value
            : throw CommandException.No(
                $"map \"{map}\", key {MapText.Quote(entry.Key)}: the value has " +
                $"{entry.ValueLengthBytes} bytes, and a record is written with up to " +
                $"{LongestValueBytes}; 'quire map get' writes it alone.");
}
