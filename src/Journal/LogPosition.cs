namespace Quire.Journal;

/// <summary>Where a transaction is staged, and what its first frame continues.</summary>
/// <param name="Offset">In bytes from the beginning of the file.</param>
/// <param name="Chain">The salt, or in a log the seal of the record before.</param>
/// <param name="Predecessor">That seal, repeated in this one's; 0 for none.</param>
internal readonly record struct LogPosition(long Offset, ulong Chain, ulong Predecessor)
{
    /// <summary>The first record of a cycle.</summary>
    public static LogPosition Beginning(JournalHeader header) =>
        new(JournalFormat.FirstRecordOffset, header.Salt, 0);

    /// <summary>Behind a record.</summary>
    public static LogPosition Behind(long end, ulong sealChecksum) =>
        new(end, sealChecksum, sealChecksum);
}
