using System.Buffers.Binary;
using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// What the scenarios keep in their file: an edition with a number. The root page lists the pages
/// of the edition and the stamp that fills each of them, so that any mixture of two editions shows.
/// </summary>
/// <remarks>
/// <code>
///   root page   edition | count | page, stamp | page, stamp | ...
///   page        stamp | stamp | stamp | ...
/// </code>
/// Edition n is committed by transaction n + 1; a reader that is shown an old edition under a new
/// transaction number has found a cache that was not dropped. Promises are named after editions.
/// </remarks>
internal static class Edition
{
    /// <summary>A file that was created, with no edition in it.</summary>
    public const long None = -1;

    private const int ListOffset = 8;
    private const int EntryBytes = 8;

    /// <summary>Creates the file with edition 0, in a number of pages.</summary>
    public static void Create(SimulatedProcess process, EngineSettings settings)
    {
        using PageFile file = EngineProcess.Open(process, settings, PageFileMode.CreateNew);
        using WriteTransaction write = file.BeginWrite();
        Stage(write, 0, settings.Pages);
        write.Commit();
    }

    /// <summary>Begins, commits and acknowledges the next edition.</summary>
    /// <param name="process">Who writes.</param>
    /// <param name="file">The file.</param>
    /// <param name="pages">How many pages the edition has.</param>
    /// <param name="trims">Whether to free the newest pages and to cut the file.</param>
    public static void CommitNext(
        SimulatedProcess process, PageFile file, int pages, bool trims = false)
    {
        using WriteTransaction write = file.BeginWrite();
        long next = StageNext(write, pages, trims);
        process.Begin($"{next}");
        write.Commit();
        process.Acknowledge($"{next}");
    }

    /// <summary>Commits the next edition in a mode, starting over as often as it is overtaken.</summary>
    public static void CommitNext(
        SimulatedProcess process, PageFile file, int pages, TransactionMode mode)
    {
        // Each run begins an edition; only the last one's is committed.
        long next = file.Update(
            write =>
            {
                long number = StageNext(write, pages);
                process.Begin($"{number}");
                return number;
            },
            new UpdateOptions { Mode = mode });
        process.Acknowledge($"{next}");
    }

    /// <summary>Stages the next edition.</summary>
    /// <returns>Its number.</returns>
    public static long StageNext(WriteTransaction write, int pages, bool trims = false)
    {
        long next = write.Root == PageNumber.None
            ? 0
            : BinaryPrimitives.ReadInt32LittleEndian(write.Read(write.Root)) + 1;
        Stage(write, (int)next, pages, trims);
        return next;
    }

    /// <summary>Reads all of the file, as one edition.</summary>
    /// <exception cref="CheckFailedException">It is none, or not this transaction's.</exception>
    public static long Read(ReadTransaction read)
    {
        if (read.Root == PageNumber.None)
        {
            return None;
        }

        byte[] root = read.Read(read.Root).ToArray();
        int edition = BinaryPrimitives.ReadInt32LittleEndian(root);
        if (read.Number.Value != (ulong)edition + 1)
        {
            throw new CheckFailedException(
                $"transaction {read.Number} shows edition {edition}, not {read.Number.Value - 1}");
        }

        foreach ((PageNumber page, uint stamp) in ListIn(root))
        {
            CheckStamp(read.Read(page), page, stamp, edition);
        }

        return edition;
    }

    /// <summary>
    /// Holds the whole file against the engine's own rules, and the pages in use against the list.
    /// </summary>
    /// <exception cref="CheckFailedException">Something is damaged, lost or left over.</exception>
    public static void Verify(ReadTransaction read)
    {
        VerifyReport report = read.Verify();
        if (!report.IsSound)
        {
            throw new CheckFailedException($"the file is damaged: {report.Problems[0].Text}");
        }

        HashSet<uint> listed = read.Root == PageNumber.None
            ? []
            : [read.Root.Value, .. ListIn(read.Read(read.Root).ToArray()).Select(e => e.Page.Value)];
        for (uint page = 0; page < read.PageCount; page++)
        {
            if (read.IsInUse(new PageNumber(page)) != listed.Contains(page))
            {
                throw new CheckFailedException(
                    $"page {page} is {(listed.Contains(page) ? "listed and free" : "lost")}");
            }
        }
    }

    /// <summary>
    /// The oracle: what is found was begun, and is no older than the newest acknowledged.
    /// </summary>
    /// <exception cref="CheckFailedException">It is something else.</exception>
    public static void Judge(long found, Promises promises, long initial = 0)
    {
        long least = promises.Acknowledged.Select(Number).Append(initial).Max();
        bool wasBegun = found == initial || promises[$"{found}"] != PromiseState.Never;
        if (!wasBegun || found < least)
        {
            throw new CheckFailedException(
                $"the file holds edition {found}; edition {least} was acknowledged, " +
                $"{promises.Begun.Select(Number).Append(initial).Max()} was begun last");
        }
    }

    private static long Number(string promise) =>
        long.Parse(promise, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Gives the file as many pages as asked for, and each of them a new stamp.</summary>
    private static void Stage(
        WriteTransaction write, int edition, int pages, bool trims = false)
    {
        var list = new List<PageNumber>();
        if (write.Root == PageNumber.None)
        {
            write.Root = write.Allocate();
        }
        else
        {
            list.AddRange(ListIn(write.Read(write.Root).ToArray()).Select(entry => entry.Page));
        }

        // The oldest pages go first, so that what is freed is not what was allocated last.
        while (list.Count > pages - 1)
        {
            int victim = trims ? list.Count - 1 : 0;
            write.Free(list[victim]);
            list.RemoveAt(victim);
        }

        if (trims)
        {
            write.TrimEnd();
        }

        while (list.Count < pages - 1)
        {
            list.Add(write.Allocate());
        }

        foreach (PageNumber page in list)
        {
            Fill(write.Write(page), StampOf(edition, page));
        }

        WriteRoot(write.Write(write.Root), edition, list);
    }

    private static void WriteRoot(Span<byte> root, int edition, List<PageNumber> pages)
    {
        root.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(root, edition);
        BinaryPrimitives.WriteInt32LittleEndian(root[4..], pages.Count);
        for (int i = 0; i < pages.Count; i++)
        {
            Span<byte> entry = root.Slice(ListOffset + (i * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, pages[i].Value);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], StampOf(edition, pages[i]));
        }
    }

    private static IEnumerable<(PageNumber Page, uint Stamp)> ListIn(byte[] root)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(root.AsSpan(4));
        for (int i = 0; i < count; i++)
        {
            int at = ListOffset + (i * EntryBytes);
            yield return (
                new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(at))),
                BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(at + 4)));
        }
    }

    /// <summary>Differs between editions and between the pages of one.</summary>
    private static uint StampOf(int edition, PageNumber page) =>
        unchecked((((uint)edition + 1) << 16) + page.Value);

    private static void Fill(Span<byte> payload, uint stamp)
    {
        for (int at = 0; at + sizeof(uint) <= payload.Length; at += sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(payload[at..], stamp);
        }
    }

    private static void CheckStamp(
        ReadOnlySpan<byte> payload, PageNumber page, uint stamp, int edition)
    {
        for (int at = 0; at + sizeof(uint) <= payload.Length; at += sizeof(uint))
        {
            uint found = BinaryPrimitives.ReadUInt32LittleEndian(payload[at..]);
            if (found != stamp)
            {
                throw new CheckFailedException(
                    $"a mixture: edition {edition} with page {page} of edition " +
                    $"{(long)(found >> 16) - 1}");
            }
        }
    }
}
