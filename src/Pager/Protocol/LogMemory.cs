using Quire.Journal;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// What a writer of a sealed file knows of the log from its last look, so that W3 need not look at
/// all of it again: who finds main as it has left it reads one sector instead of three places.
/// </summary>
/// <remarks>
/// <para>Invariants, while something is remembered:</para>
/// <list type="number">
/// <item>The marker's sector was <see cref="_marker"/>, the header of slot <see cref="_slot"/>
/// counted and was <see cref="_header"/>, the other slot held <see cref="_other"/>, and the record
/// that the marker names was there: all at one moment, under the journal lock.</item>
/// <item>Since then this open file has done nothing to the log but append the records whose
/// markers it has told here (<see cref="Advance"/>).</item>
/// </list>
/// <para>
/// What others can have done since, when both the marker's sector and the other slot are the same:
/// </para>
/// <list type="bullet">
/// <item>No commit, no recovery that applied anything, no K4: each changes the marker's sector, and
/// numbers do not come back.</item>
/// <item>No checkpoint: K2 writes the slot that does not count, with a salt that was in neither; if
/// several have followed each other, the first of them began with this slot, and what the last one
/// has left there is newer still. Torn, it differs as well.</item>
/// <item>W6 of a writer that then committed nothing: it may have written the header that counts once
/// more, less that the log was left empty. To remember it as left empty makes this writer do
/// that again. It is never more left empty than it was: only K2 says that.</item>
/// <item>Frames behind the end, sealed or not, that were never applied. They do not count, and are
/// overwritten.</item>
/// </list>
/// <para>
/// A first opener (F1 to F5) does more, but there is none while this one has the file open. Whoever
/// writes a log header here forgets first. Used under the journal lock.
/// </para>
/// </remarks>
internal sealed class LogMemory
{
    private readonly byte[] _other = new byte[JournalHeader.SizeBytes];
    private JournalHeader _header;
    private int _slot;

    /// <summary>Null when nothing is remembered.</summary>
    private MarkerSector? _marker;

    /// <summary>W3: the log, when nobody else has changed what counts of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="journal">Its journal.</param>
    /// <param name="main">Main, as just read; usable.</param>
    /// <returns>Null when the log must be looked at.</returns>
    public ResolvedState? Recall(EngineFile file, IStorageFile journal, MainState main)
    {
        if (_marker is not { } marker
            || marker != main.Marker
            || file.Plants(PlantedBug.AppendedBehindAbandoned))
        {
            return null;
        }

        if (!file.Plants(PlantedBug.CheckpointNotSeen))
        {
            Span<byte> other = stackalloc byte[JournalHeader.SizeBytes];
            int length = journal.Read(LogHeaders.OffsetOf(1 - _slot), other);
            if (length < other.Length || !other.SequenceEqual(_other))
            {
                return null;
            }
        }

        LogPosition end = marker.Applied == _header.BaseNumber
            ? LogPosition.Beginning(_header)
            : LogPosition.Behind(marker.LogEnd, marker.SealChecksum);
        return new ResolvedState(main, _header, end, _slot);
    }

    /// <summary>After a look at everything.</summary>
    /// <param name="found">What counts.</param>
    /// <param name="sectors">Both headers, as read.</param>
    public void Remember(ResolvedState found, ReadOnlySpan<byte> sectors)
    {
        _header = found.Journal;
        _slot = found.Slot;
        sectors.Slice((1 - found.Slot) * JournalHeader.SizeBytes, JournalHeader.SizeBytes)
            .CopyTo(_other);
        _marker = found.Main.Marker;
    }

    /// <summary>C7: this open file has appended a record, and applied it.</summary>
    public void Advance(MarkerSector marker)
    {
        if (_marker is not null)
        {
            _marker = marker;
        }
    }

    /// <summary>Before a log header is written, and before the log is looked at anew.</summary>
    public void Forget() => _marker = null;
}
