using Quire.Journal;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Header and marker of main as read together at R3, W3 or P1. Immutable, until nobody can have it
/// any more (<see cref="Become"/>); valid while the lock under which it was read is held.
/// </summary>
internal sealed class MainState
{
    private MainState(
        in FileHeader header, HeaderProblem? problem, in MarkerSector marker, bool isMarkerReadable)
    {
        Header = header;
        Problem = problem;
        Marker = marker;
        Condition = !isMarkerReadable ? MarkerCondition.Unreadable
            : marker.IsSet ? MarkerCondition.Set
            : MarkerCondition.Clear;
    }

    /// <summary>The header; meaningful only when <see cref="Problem"/> is null.</summary>
    public FileHeader Header { get; private set; }

    /// <summary>What is wrong with the header: it may be torn while the marker is set.</summary>
    public HeaderProblem? Problem { get; private set; }

    /// <summary>The marker's sector; meaningful only when it is readable.</summary>
    public MarkerSector Marker { get; private set; }

    public MarkerCondition Condition { get; private set; }

    /// <summary>The number of the last commit that main holds whole.</summary>
    public TransactionNumber Number => Marker.Applied;

    /// <summary>The id of the file as far as either sector tells.</summary>
    public Guid? FileId => Problem is null ? Header.FileId
        : Condition != MarkerCondition.Unreadable ? Marker.FileId
        : null;

    /// <summary>The page size; null when the header does not tell.</summary>
    public int? PageSize => Problem is null ? Header.PageSize : null;

    /// <summary>Whether main may be used: marker clear, header sound, both of one file.</summary>
    public bool IsUsable => Condition == MarkerCondition.Clear && Problem is null;

    /// <summary>
    /// Whether the file can be a Quire file whose header or marker was cut short, so that the
    /// journal is worth a look; if not, it is refused at once. What a later release wrote, with a
    /// sound checksum, was not cut short, and its recovery is not ours to perform.
    /// </summary>
    public bool MayBeRecoverable =>
        Condition != MarkerCondition.Clear
        && FileId is not null
        && Problem?.Code != QuireErrorCode.UnsupportedVersion;

    /// <summary>Reads both sectors in one read.</summary>
    /// <param name="main">The main file.</param>
    /// <param name="known">
    /// The state read before: returned again when the marker's sector has not changed, which spares
    /// parsing the header and allocating.
    /// </param>
    public static MainState Read(IStorageFile main, MainState? known = null)
    {
        Span<byte> sectors = stackalloc byte[MainFormat.SectorsBytes];
        int length = main.Read(MainFormat.HeaderOffset, sectors);
        ReadOnlySpan<byte> read = sectors[..length];
        ReadOnlySpan<byte> markerBytes =
            read[Math.Min(length, (int)MainFormat.MarkerOffset)..];
        bool isReadable = MarkerSector.TryRead(markerBytes, out MarkerSector marker);
        if (known is { IsUsable: true } && isReadable && known.Marker == marker)
        {
            return known;
        }

        HeaderProblem? problem = FileHeader.TryRead(read, out FileHeader header);
        if (problem is null && isReadable && header.FileId != marker.FileId)
        {
            problem = new HeaderProblem(
                QuireErrorCode.Corrupt,
                MainFormat.MarkerOffset,
                $"the marker belongs to file {marker.FileId}, the header to {header.FileId}");
        }

        return new MainState(header, problem, marker, isReadable);
    }

    /// <summary>The state after a commit that this process has just applied.</summary>
    public static MainState Committed(in FileHeader header, in MarkerSector marker) =>
        new(header, null, marker, isMarkerReadable: true);

    /// <summary>
    /// The same in an object that was another state, so that a commit needs no new one.
    /// </summary>
    /// <remarks>
    /// Only for a state that nobody has: under main exclusive, when no reader, no optimistic
    /// transaction and no neighbour that stages is left, and it is not the last one. A handle of a
    /// transaction that has ended may still refer to it, and asks first whether it has.
    /// </remarks>
    public MainState Become(in FileHeader header, in MarkerSector marker)
    {
        Header = header;
        Problem = null;
        Marker = marker;
        Condition = MarkerCondition.Clear;
        return this;
    }

    /// <summary>Why main may not be used, for a state that is not usable.</summary>
    public CorruptFileException ToException(string path)
    {
        if (Problem is { } problem)
        {
            return problem.ToException(path);
        }

        return new CorruptFileException(
            path,
            MainFormat.MarkerOffset,
            Condition == MarkerCondition.Unreadable
                ? "the marker's sector fails its checksum"
                : $"the marker is set to transaction {Marker.Marker}");
    }
}
