using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// The creation of a file, N1 to N4 of docs/protocol.md. A file exists from the moment its header
/// sector can be read; until then every opener finds it blank, and the next one that may create
/// starts over.
/// </summary>
internal sealed class CreationProtocol(EngineFile file, RecoveryProtocol recovery)
{
    /// <summary>Looks at main and creates it when it is blank and the mode allows.</summary>
    /// <exception cref="IOException">The file must be new and is not.</exception>
    /// <exception cref="CorruptFileException">
    /// The file is blank and must not be created.
    /// </exception>
    /// <returns>The header, when a sound one was there to be read; else null.</returns>
    public FileHeader? CreateIfBlank(in LockDeadline deadline)
    {
        PageFileMode mode = file.Options.Mode;
        if (!IsBlank(file.ReaderMain.File, out FileHeader? header))
        {
            RefuseIfNotNew(mode);
            return header;
        }

        if (mode is PageFileMode.ReadOnly or PageFileMode.OpenExisting)
        {
            throw new CorruptFileException(
                file.Path,
                0,
                $"not a Quire file: it is blank ({file.ReaderMain.File.GetLength()} bytes)",
                QuireErrorCode.NotAQuireFile);
        }

        CommitProtocol protocol = ChooseProtocol();
        WriterSide side = file.OpenWriter();
        try
        {
            file.Observe(ProtocolStep.N1);
            side.Ladder.Acquire(LockName.Open, LockMode.Exclusive, deadline);
            if (IsBlank(side.Main, out header) || file.Plants(PlantedBug.BlankNotLookedAtAgain))
            {
                return Create(side, protocol, deadline);
            }

            RefuseIfNotNew(mode);
            return header;
        }
        finally
        {
            side.Ladder.ReleaseAll();
        }
    }

    /// <summary>N1 to N4, under the open lock.</summary>
    private FileHeader Create(
        WriterSide side, CommitProtocol protocol, in LockDeadline deadline)
    {
        FileHeader header = NewHeader(file.Options, protocol, file.Host.Random);

        file.Observe(ProtocolStep.N2);
        side.Ladder.Acquire(LockName.Journal, LockMode.Exclusive, deadline);
        RefuseForeignJournal(side);
        recovery.CreateJournal(side, header);

        // Everything but the header, so that a torn creation is still blank; its sector gets zeros,
        // also where an earlier creation left a torn one. The directory was synced at N2, after
        // both files were created.
        file.Observe(ProtocolStep.N3);
        byte[] pages = new byte[header.PageCount * header.PageSize];
        new MarkerSector(default, default, 0, header.FileId)
            .WriteTo(pages.AsSpan((int)MainFormat.MarkerOffset));
        WriteFirstMapPage(pages, header);
        if (file.Plants(PlantedBug.HeaderBeforePages))
        {
            header.WriteTo(pages);
        }

        side.Main.Write(MainFormat.HeaderOffset, pages);
        side.Main.Sync();

        file.Observe(ProtocolStep.N4);
        header.WriteTo(pages);
        side.Main.Write(MainFormat.HeaderOffset, pages.AsSpan(0, MainFormat.SectorBytes));
        side.Main.Sync();
        return header;
    }

    /// <summary>
    /// N4 once more, before the first transaction of a file: its creator may have been killed, or
    /// have failed, between the write of the header and its sync. The header is then only in
    /// memory, and after a power cut a journal in use would stand beside a main file that never
    /// was. As at P2 it is written again because a failed sync leaves it marked as clean; readers
    /// see the same bytes.
    /// </summary>
    public static void Confirm(EngineFile file, WriterSide side, MainState main)
    {
        if (main.Number.Value != 0)
        {
            return;
        }

        file.Observe(ProtocolStep.N4);
        Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
        main.Header.WriteTo(sector);
        side.Main.Write(MainFormat.HeaderOffset, sector);
        side.Main.Sync();
    }

    /// <summary>
    /// Sealed where nothing speaks against it: all connections must be able to hold presence
    /// together, and where other machines take part, or a process between the engine and the disk,
    /// each commit is synced in main before anybody is told.
    /// </summary>
    /// <exception cref="QuireException">Sealed was asked for, and cannot be had here.</exception>
    private CommitProtocol ChooseProtocol()
    {
        if (file.Options.Protocol is { } wanted)
        {
            if (wanted == CommitProtocol.Sealed)
            {
                OpeningProtocol.ThrowIfExclusiveOnly(file);
            }

            return wanted;
        }

        return OpeningProtocol.CanShare(file) && file.Host.Files.IsLocal(file.ReaderMain.File)
            ? CommitProtocol.Sealed
            : CommitProtocol.Classic;
    }

    private static FileHeader NewHeader(
        PageFileOptions options, CommitProtocol protocol, Random random)
    {
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        uint pages = MainFormat.HeaderPages(options.PageSize) + 1;
        return new FileHeader
        {
            PageSize = options.PageSize,
            Protocol = protocol,
            ApplicationId = options.ApplicationId,
            UserVersion = options.UserVersion,
            PageCount = pages,
            FreeHint = pages,
            FileId = new Guid(id),
        };
    }

    private static void WriteFirstMapPage(Span<byte> pages, FileHeader header)
    {
        var map = new AllocationMap(header.PageSize);
        PageNumber number = map.FirstMapPage;
        Span<byte> page = pages.Slice(
            (int)MainFormat.OffsetOf(number, header.PageSize), header.PageSize);
        PageFormat.Initialise(page, number, PageKind.AllocationMap);
        AllocationMap.Set(page[PageFormat.HeaderBytes..], map.BitOf(number));
        PageFormat.Finish(page, default, PageFormat.SeedOf(header.FileId));
    }

    /// <summary>
    /// A blank main beside a journal that is in use: somebody lost the main file, or put the new
    /// file under a name whose journal belongs to another. Neither is ours to overwrite.
    /// </summary>
    private static void RefuseForeignJournal(WriterSide side)
    {
        JournalScan journal = JournalScan.Read(side.Journal, fileId: null, pageSize: null);
        bool isInUse = journal.Condition is JournalCondition.Foreign or JournalCondition.Sealed;
        if (isInUse && !IsUnusedLog(side.Journal))
        {
            throw new CorruptFileException(
                side.Journal.Path,
                0,
                $"a file is to be created, but its journal is in use: {journal.Detail}",
                QuireErrorCode.ForeignJournal);
        }
    }

    private void RefuseIfNotNew(PageFileMode mode)
    {
        if (mode == PageFileMode.CreateNew)
        {
            throw new IOException(
                $"{file.Path}: the file exists already ({file.ReaderMain.File.GetLength()} bytes) and " +
                "was to be created new.");
        }
    }

    /// <summary>
    /// Whether main has never come to life: empty, or left so by a creation that was cut short
    /// before N4 was over. Anything else without a header is somebody else's file, or a damaged
    /// one.
    /// </summary>
    /// <remarks>
    /// <code>
    ///   header sector   marker's sector          rest       because
    ///   zeros           zeros                    zeros      killed before N3
    ///   zeros, or torn  clear, nothing applied   any        killed, or power cut, after N3; torn at N4
    ///   zeros           anything else            any        power cut at N3: only beside the journal
    ///                                                       of a Quire file that holds nothing (N2)
    /// </code>
    /// Torn: one end of the sector still holds the zeros that N3 put there; a whole header that is
    /// merely damaged has bytes at both ends. To create anew loses nothing: nothing was ever
    /// committed.
    /// </remarks>
    private bool IsBlank(IStorageFile main, out FileHeader? found)
    {
        found = null;
        // Most files have a header, and its sector says so: the rest need not be read.
        Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
        int inSector = main.Read(MainFormat.HeaderOffset, sector);
        if (inSector == 0)
        {
            return true;
        }

        if (FileHeader.TryRead(sector[..inSector], out FileHeader sound) is null)
        {
            found = sound;
            return false;
        }

        if (sector[0] != 0 && sector[inSector - 1] != 0)
        {
            return false;
        }

        long length = main.GetLength();
        if (length > 3 * MainFormat.MaximumPageSize)
        {
            return false;
        }

        byte[] bytes = new byte[length];
        ReadOnlySpan<byte> read = bytes.AsSpan(0, main.Read(0, bytes));
        ReadOnlySpan<byte> header = read[..Math.Min(read.Length, MainFormat.SectorBytes)];
        if (read.Length > MainFormat.MarkerOffset
            && MarkerSector.TryRead(read[(int)MainFormat.MarkerOffset..], out MarkerSector marker)
            && FileHeader.TryRead(read, out _) is not null)
        {
            // In a sealed file nothing orders the header behind the marker: with a log in use, it
            // was torn by a power cut after the first commit.
            return !marker.IsSet && marker.Applied.Value == 0 && !HasUsedLog();
        }

        return !read.ContainsAnyExcept((byte)0)
            || (!header.ContainsAnyExcept((byte)0) && HasUnusedJournal());
    }

    /// <summary>Looks without creating anything: the main file may be somebody else's.</summary>
    private bool HasUnusedJournal()
    {
        using IStorageFile? journal = file.OpenJournalToLook();
        return journal is not null
            && (IsUnusedLog(journal)
                || JournalScan.Read(journal, fileId: null, pageSize: null).Condition
                    == JournalCondition.Empty);
    }

    private bool HasUsedLog()
    {
        using IStorageFile? journal = file.OpenJournalToLook();
        if (journal is null)
        {
            return false;
        }

        LogScan log = LogScan.Read(journal, fileId: null, pageSize: null);
        return log.Records.Count > 0 || log.Header.BaseNumber.Value > 0;
    }

    /// <summary>Whether it is the log of a sealed file to which nothing was committed.</summary>
    private static bool IsUnusedLog(IStorageFile journal)
    {
        LogScan log = LogScan.Read(journal, fileId: null, pageSize: null);
        return log.Headers.Condition == JournalCondition.Empty
            && log.Records.Count == 0
            && log.Header.BaseNumber.Value == 0;
    }
}
