using Quire.Fuzz;
using Quire.Journal;
using Quire.Pager;

namespace Quire.Tests.Format;

/// <summary>
/// The file of docs/format.md: what creation would write, with an id and a salt that are not drawn,
/// then one transaction by the engine itself.
/// </summary>
internal static class ExampleFile
{
    public static readonly Guid FileId = new("00112233-4455-6677-8899-aabbccddeeff");
    public const ulong Salt = 0x0123456789abcdef;

    /// <returns>The main file after the commit and the journal before C9.</returns>
    public static (byte[] Main, byte[] Journal) Make()
    {
        var disk = new MemoryDisk();
        disk.Put(FileState.MainPath, NewMain());
        disk.Put(FileState.JournalPath, NewJournal());
        var journalAtC9 = new Snapshot(disk);
        using PageFile file = PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Mode = PageFileMode.OpenExisting,
            Host = disk.StartProcess().Host,
            Observer = journalAtC9,
        });
        using WriteTransaction write = file.BeginWrite();
        PageNumber page = write.Allocate();
        "hello"u8.CopyTo(write.Write(page));
        write.Root = page;
        write.Commit();
        return (disk.Get(FileState.MainPath), journalAtC9.Journal);
    }

    private static byte[] NewMain()
    {
        byte[] main = new byte[3 * 512];
        var header = new FileHeader
        {
            PageSize = 512,
            Protocol = CommitProtocol.Classic,
            PageCount = 3,
            FreeHint = 3,
            FileId = FileId,
        };
        header.WriteTo(main);
        new MarkerSector(default, default, 0, FileId).WriteTo(main.AsSpan(512));
        Span<byte> map = main.AsSpan(1024);
        PageFormat.Initialise(map, new PageNumber(2), PageKind.AllocationMap);
        AllocationMap.Set(map[PageFormat.HeaderBytes..], 0);
        PageFormat.Finish(map, default, PageFormat.SeedOf(FileId));
        return main;
    }

    private static byte[] NewJournal()
    {
        byte[] journal = new byte[JournalFormat.FirstFrameOffset + JournalFormat.GrowthBytes];
        new JournalHeader(FileId, 512, Salt, default).WriteTo(journal);
        return journal;
    }

    private sealed class Snapshot(MemoryDisk disk) : ProtocolObserver
    {
        public byte[] Journal { get; private set; } = [];

        public override void OnStep(ProtocolStep reached)
        {
            if (reached == ProtocolStep.C9)
            {
                Journal = disk.Get(FileState.JournalPath);
            }
        }
    }
}
