using System.Globalization;
using Quire.Journal;
using Quire.Locking;
using Quire.Pager;
using Quire.Storage;
using Quire.Worker.Hooks;

namespace Quire.Tests.Support;

/// <summary>
/// Puts a request of the engine into words that are the same in every run: no salts, ids, checksums
/// or paths.
/// </summary>
public sealed class TraceWords(int pageSize)
{
    public int PageSize => pageSize;

    /// <returns>Null for requests that are not worth a line.</returns>
    public string? Describe(IoEvent request, bool answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        string file = NameOf(request);
        string range = $"{request.Offset}..{request.Offset + request.Length - 1}";
        return request.Kind switch
        {
            IoKind.Open => $"open {file}",
            IoKind.Identify => $"look whether the path still names {file}",
            IoKind.SyncDirectory => $"sync the directory of {file}",
            IoKind.Read when request.IsJournal => $"read {file} {range}",
            IoKind.Read => $"read {file} {range}: {PlaceInMain(request)}",
            IoKind.Write when request.IsJournal => $"write {file} {range}: {JournalBytes(request)}",
            IoKind.Write => $"write {file} {range}: {MainBytes(request)}",
            IoKind.SetLength => $"set length {file} {request.Offset}",
            IoKind.Sync => $"sync {file}",
            IoKind.Lock => $"lock {file}: {LockOf(request)} {ModeOf(request)}: " +
                (answer ? "granted" : "refused"),
            IoKind.Unlock => $"unlock {file}: {LockOf(request)}",
            IoKind.Probe => $"probe {file}: {LockOf(request)} {ModeOf(request)}: " +
                (answer ? "free" : "held"),
            _ => null,
        };
    }

    /// <summary>
    /// Main is open twice: first for the readers, then for the writer of the process.
    /// </summary>
    private static string NameOf(IoEvent request) =>
        request.IsJournal ? "journal"
        : request.Opening < 0 ? "main"
        : request.Opening == 0 ? "main/readers"
        : "main/writer";

    private static string LockOf(IoEvent request) =>
        LockBytes.NameOf(Enum.GetValues<LockName>()
            .Single(name => LockBytes.RangeOf(name).Offset == request.Offset));

    private static string ModeOf(IoEvent request) =>
        request.Mode == LockMode.Shared ? "shared" : "exclusive";

    private string PlaceInMain(IoEvent request)
    {
        long from = request.Offset;
        long end = from + request.Length;
        return (from, end) switch
        {
            (0, MainFormat.SectorsBytes) => "header and marker",
            (0, MainFormat.SectorBytes) => "header",
            (MainFormat.MarkerOffset, MainFormat.SectorsBytes) => "marker",
            _ when from % pageSize == 0 && request.Length == pageSize => $"page {from / pageSize}",
            _ => $"pages {from / pageSize} to {(end - 1) / pageSize}",
        };
    }

    private string MainBytes(IoEvent request)
    {
        string place = PlaceInMain(request);
        if (request.Offset != MainFormat.MarkerOffset)
        {
            bool isBlank = !request.Bytes.Span.ContainsAnyExcept((byte)0);
            return isBlank ? $"{place}, zeros" : place;
        }

        string marker = !MarkerSector.TryRead(request.Bytes.Span, out MarkerSector read)
            ? "unreadable"
            : read.IsSet
                ? $"set to {read.Marker}, applied {read.Applied}"
                : $"clear, applied {read.Applied}";
        return $"{place} ({marker})";
    }

    private string JournalBytes(IoEvent request)
    {
        ReadOnlySpan<byte> bytes = request.Bytes.Span;
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            return bytes.Length == JournalFrameHeader.SizeBytes ? "blank frame" : "zeros";
        }

        return bytes.StartsWith(JournalHeader.Magic) ? "header" : Frames(bytes);
    }

    private string Frames(ReadOnlySpan<byte> bytes)
    {
        var words = new List<string>();
        while (bytes.Length >= JournalFrameHeader.SizeBytes)
        {
            JournalFrameHeader frame = JournalFrameHeader.Read(bytes);
            words.Add(frame.Kind switch
            {
                FrameKind.Page => $"page {frame.PageOrCount}",
                FrameKind.Patch => $"patch of page {frame.PageOrCount}",
                FrameKind.Header => "header",
                _ => $"seal of {frame.PageOrCount} frames of transaction {frame.Number}",
            });
            bytes = bytes[JournalFrameHeader.SizeBytes..];
            bytes = bytes[JournalFrameHeader.ImageLength(frame.Kind, pageSize, bytes)..];
        }

        return words.Count <= 8
            ? string.Join(", ", words)
            : string.Create(
                CultureInfo.InvariantCulture, $"{words[0]} to {words[^1]}, {words.Count} frames");
    }
}
