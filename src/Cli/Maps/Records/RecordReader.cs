namespace Quire.Cli.Maps.Records;

/// <summary>Reads records in one of the formats, one after the other.</summary>
internal abstract class RecordReader
{
    /// <summary>How much of the input is read, for the progress.</summary>
    public abstract long BytesRead { get; }

    /// <summary>Reads the next record.</summary>
    /// <param name="record">Filled when there is one.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InputException">The input is not what it should be.</exception>
    public abstract bool TryRead(MapRecord record);

    /// <param name="format">The format.</param>
    /// <param name="input">The input; the caller closes it.</param>
    /// <param name="map">
    /// The map for all records, whatever the input says; null for what it says.
    /// </param>
    public static RecordReader Create(RecordFormat format, Stream input, string? map) =>
        format == RecordFormat.Csv
            ? new CsvRecordReader(input, map)
            : new JsonRecordReader(input, map);
}
