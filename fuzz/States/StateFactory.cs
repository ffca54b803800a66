using System.Buffers.Binary;

namespace Quire.Fuzz;

/// <summary>
/// Makes a small file and leaves it in the states that a writer's death can leave it in.
/// </summary>
/// <remarks>
/// Transaction 1 allocates six pages, frees one and sets everything in the header; transaction 2
/// changes a page, takes the free one, extends the file and frees another. So the file has a map
/// page, data pages of both transactions, a free page, and a header that every commit changes.
/// </remarks>
public sealed class StateFactory
{
    private const int PagesAtFirst = 6;

    private readonly MemoryDisk _disk = new();
    private readonly int _pageSize;
    private readonly int _flavour;
    private readonly CommitProtocol _protocol;
    private readonly byte[] _main;
    private readonly byte[] _journal;
    private readonly FileContents _old;

    /// <param name="pageSize">The page size in bytes.</param>
    /// <param name="flavour">Tells the contents of two files apart.</param>
    /// <param name="protocol">The commit protocol of the file.</param>
    public StateFactory(
        int pageSize = 512, int flavour = 0, CommitProtocol protocol = CommitProtocol.Classic)
    {
        _pageSize = pageSize;
        _flavour = flavour;
        _protocol = protocol;
        using PageFile file = Open(_disk.StartProcess());
        using (WriteTransaction write = file.BeginWrite())
        {
            FirstTransaction(write);
            write.Commit();
        }

        _old = FileContents.Read(file);
        _main = _disk.Get(FileState.MainPath);
        _journal = _disk.Get(FileState.JournalPath);
    }

    /// <summary>No writer has died.</summary>
    public FileState Clean() => new("clean", _main, _journal, [_old]);

    /// <summary>The clean state after transaction 2.</summary>
    public FileState CleanAfterTwo() => Commit(null, "clean after two") is var (state, _)
        ? state
        : throw new InvalidOperationException();

    /// <summary>The writer of transaction 2 was killed when it reached a step.</summary>
    public FileState KilledAt(ProtocolStep step) => Commit(step, $"killed at {step}").State;

    /// <summary>
    /// The writer of transaction 2 was killed at each single write, resize and sync of its life.
    /// </summary>
    public IEnumerable<FileState> KilledAtEachChange()
    {
        bool isAlive = false;
        for (int changes = 0; !isAlive; changes++)
        {
            (FileState state, isAlive) = Commit(null, $"killed at change {changes}", changes);
            yield return state;
        }
    }

    private (FileState State, bool IsAlive) Commit(
        ProtocolStep? death, string name, int? changesToLive = null)
    {
        Clean().PutOn(_disk);
        MemoryProcess process = _disk.StartProcess();
        var observer = new Executioner(process, death);
        try
        {
            using PageFile file = Open(process, observer);
            process.ChangesToLive = changesToLive;
            using WriteTransaction write = file.BeginWrite();
            SecondTransaction(write);
            write.Commit();
        }
        catch (ProcessKilledException)
        {
        }

        byte[] main = _disk.Get(FileState.MainPath);
        byte[] journal = _disk.Get(FileState.JournalPath);
        FileContents found = Recovered();

        // Before its marker is there a sealed commit is in doubt, whatever this opener made of it.
        FileContents[] legal = observer.Reached > ProtocolStep.C3 ? [found]
            : _protocol == CommitProtocol.Sealed ? [_old, NewContents()]
            : [found, NewContents()];
        return (new FileState(name, main, journal, legal), !process.IsDead);
    }

    private FileContents NewContents()
    {
        Clean().PutOn(_disk);
        using PageFile file = Open(_disk.StartProcess());
        using (WriteTransaction write = file.BeginWrite())
        {
            SecondTransaction(write);
            write.Commit();
        }

        return FileContents.Read(file);
    }

    private FileContents Recovered()
    {
        using PageFile file = Open(_disk.StartProcess());
        return FileContents.Read(file);
    }

    private PageFile Open(MemoryProcess process, ProtocolObserver? observer = null) =>
        PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Host = process.Host,
            PageSize = _pageSize,
            Protocol = _protocol,
            ApplicationId = 0x0A0B0C0D + (uint)_flavour,
            Observer = observer,
            LockTimeout = TimeSpan.Zero,
        });

    private void FirstTransaction(WriteTransaction write)
    {
        var pages = new List<PageNumber>();
        for (int i = 0; i < PagesAtFirst; i++)
        {
            pages.Add(write.Allocate());
            Fill(write.Write(pages[i]), pages[i], 1);
        }

        write.Root = pages[0];
        write.UserVersion = 7 + (uint)_flavour;
        write.Free(pages[2]);
    }

    private void SecondTransaction(WriteTransaction write)
    {
        PageNumber root = write.Root;
        Fill(write.Write(root), root, 2);
        for (int i = 0; i < 2; i++)
        {
            PageNumber page = write.Allocate();
            Fill(write.Write(page), page, 2);
        }

        write.Free(new PageNumber(root.Value + 4));
        write.UserVersion = 70 + (uint)_flavour;
    }

    private void Fill(Span<byte> payload, PageNumber page, int transaction)
    {
        uint seed = (page.Value * 2654435761) ^ (uint)(transaction * 40503) ^ (uint)_flavour;
        for (int i = 0; i + 4 <= payload.Length; i += 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(payload[i..], seed);
            seed = (seed * 1664525) + 1013904223;
        }
    }

    private sealed class Executioner(MemoryProcess process, ProtocolStep? death) : ProtocolObserver
    {
        public ProtocolStep Reached { get; private set; }

        public override void OnStep(ProtocolStep reached)
        {
            Reached = reached;
            if (reached == death)
            {
                process.Kill();
                throw new ProcessKilledException();
            }
        }
    }
}
