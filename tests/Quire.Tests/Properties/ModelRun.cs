using Quire.Fuzz;

namespace Quire.Tests.Properties;

/// <summary>How a model run opens its file.</summary>
public sealed record ModelSetup(
    int PageSize, long StagingBytes, long CacheBytes, CommitProtocol Protocol);

/// <summary>
/// Runs a sequence of operations against an engine and against a dictionary, and compares the two
/// from another process after every commit, every death and every power cut.
/// </summary>
/// <remarks>Each number of a sequence is one operation; what it does depends on nothing else
/// random.</remarks>
internal sealed class ModelRun : IDisposable
{
    private const string Path = "/disk/model.quire";

    private readonly ModelSetup _setup;
    private readonly MemoryDisk _disk = new() { TracksSyncs = true };
    private MemoryProcess _process;
    private PageFile _file;
    private WriteTransaction? _write;
    private ModelContents _committed = new();
    private ModelContents _staged = new();

    public ModelRun(ModelSetup setup)
    {
        _setup = setup;
        (_process, _file) = Open();
    }

    public void Run(IEnumerable<int> operations)
    {
        foreach (int operation in operations)
        {
            var random = new Random(operation);
            Perform(random.Next(100), random);
        }

        Reopen();
        CheckFromElsewhere();
    }

    public void Dispose() => _file.Dispose();

    private void Perform(int kind, Random random)
    {
        switch (kind)
        {
            case < 25:
                Allocate(random.Next(8) == 0 ? 150 : random.Next(1, 5), random);
                break;
            case < 45:
                WriteSome(random);
                break;
            case < 57:
                FreeSome(random);
                break;
            case < 62:
                SetHeader(random);
                break;
            case < 75:
                Commit();
                break;
            case < 79:
                CommitAgainstReader();
                break;
            case < 83:
                RollBack();
                break;
            case < 86:
                Reopen();
                break;
            case < 89:
                CheckFromElsewhere();
                break;
            case < 92:
                Kill(random);
                break;
            case < 96:
                DieInCommit(random);
                break;
            default:
                LosePowerInCommit(random);
                break;
        }
    }

    private (MemoryProcess Process, PageFile File) Open()
    {
        MemoryProcess process = _disk.StartProcess();
        PageFile file = PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = _setup.PageSize,
            Protocol = _setup.Protocol,
            StagingBytes = _setup.StagingBytes,
            CacheBytes = _setup.CacheBytes,
            LockTimeout = TimeSpan.Zero,
        });
        return (process, file);
    }

    private WriteTransaction Writing()
    {
        if (_write is null)
        {
            _write = _file.BeginWrite();
            _staged = _committed.Copy();
        }

        return _write.Value;
    }

    private void Allocate(int count, Random random)
    {
        WriteTransaction write = Writing();
        for (int i = 0; i < count; i++)
        {
            PageNumber page = write.Allocate();
            Demand(!_staged.Pages.ContainsKey(page.Value), $"page {page} was in use");
            Demand(!write.Read(page).ContainsAnyExcept((byte)0), $"new page {page} is not zero");
            _staged.Pages.Add(page.Value, new byte[write.Read(page).Length]);
            if (random.Next(2) == 0)
            {
                Write(write, page, random);
            }
        }
    }

    private void WriteSome(Random random)
    {
        WriteTransaction write = Writing();
        for (int i = random.Next(1, 20); i > 0 && _staged.Pages.Count > 0; i--)
        {
            Write(write, _staged.AnyPage(random), random);
        }
    }

    private void Write(WriteTransaction write, PageNumber page, Random random)
    {
        byte[] model = _staged.Pages[page.Value];
        Span<byte> payload = write.Write(page);
        Demand(payload.SequenceEqual(model), $"page {page} is not what was staged");
        random.NextBytes(model);
        model.CopyTo(payload);
    }

    private void FreeSome(Random random)
    {
        WriteTransaction write = Writing();
        for (int i = random.Next(1, 40); i > 0 && _staged.Pages.Count > 0; i--)
        {
            PageNumber page = _staged.AnyPage(random);
            if (page == write.Root)
            {
                write.Root = PageNumber.None;
                _staged.Root = 0;
            }

            write.Free(page);
            _staged.Pages.Remove(page.Value);
        }
    }

    private void SetHeader(Random random)
    {
        WriteTransaction write = Writing();
        if (random.Next(2) == 0 && _staged.Pages.Count > 0)
        {
            write.Root = _staged.AnyPage(random);
            _staged.Root = write.Root.Value;
        }
        else
        {
            // Few values, so that a transaction often sets what was there before.
            write.UserVersion = (uint)random.Next(3);
            _staged.UserVersion = write.UserVersion;
        }
    }

    private void Commit()
    {
        if (_write is null)
        {
            return;
        }

        _write.Value.Commit();
        _write = null;
        _committed = _staged;
        CheckFromElsewhere();
    }

    /// <summary>
    /// A busy commit is tried, undone in part at times, and the transaction goes on.
    /// </summary>
    private void CommitAgainstReader()
    {
        WriteTransaction write = Writing();
        uint before = write.UserVersion;
        write.UserVersion = before + 100;
        (_, PageFile other) = Open();
        using (other)
        using (other.BeginRead())
        {
            try
            {
                write.Commit();
                Demand(false, "a commit passed a reader");
            }
            catch (BusyException)
            {
                write.UserVersion = before;
            }
        }
    }

    private void RollBack()
    {
        _write?.Dispose();
        _write = null;
        CheckFromElsewhere();
    }

    private void Reopen()
    {
        _write = null;
        _file.Dispose();
        (_process, _file) = Open();
    }

    private void Kill(Random random)
    {
        _process.Kill();
        StartAgain(random, [_committed]);
    }

    private void DieInCommit(Random random)
    {
        bool isCommitted = TryCommitUntil(random.Next(14));
        StartAgain(random, isCommitted ? [_staged] : [_committed, _staged]);
    }

    private void LosePowerInCommit(Random random)
    {
        bool isCommitted = TryCommitUntil(random.Next(20));
        _disk.CutPower(random);
        StartAgain(random, isCommitted ? [_staged] : [_committed, _staged]);
    }

    /// <returns>Whether the commit returned before the process died.</returns>
    private bool TryCommitUntil(int changesToLive)
    {
        WriteTransaction write = Writing();
        try
        {
            _process.ChangesToLive = changesToLive;
            write.Commit();
            _process.Kill();
            return true;
        }
        catch (ProcessKilledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Somebody recovers, dies over it a few times, and then finds one of the legal contents.
    /// </summary>
    private void StartAgain(Random random, IReadOnlyList<ModelContents> legal)
    {
        _write = null;
        for (int deaths = random.Next(3); deaths > 0; deaths--)
        {
            DieInRecovery(random);
        }

        (_process, _file) = Open();
        FileContents found = FileContents.Read(_file);
        _committed = legal.FirstOrDefault(contents => contents.Holds(found))
            ?? throw new OracleException("after a death: neither the old contents nor the new");
        CheckFromElsewhere();
    }

    private void DieInRecovery(Random random)
    {
        try
        {
            MemoryProcess process = _disk.StartProcess();
            process.ChangesToLive = random.Next(8);
            using PageFile file = PageFile.Open(
                Path, new PageFileOptions { Host = process.Host, LockTimeout = TimeSpan.Zero });
            file.Recover();
            process.Kill();
        }
        catch (ProcessKilledException)
        {
        }

        if (random.Next(2) == 0)
        {
            _disk.CutPower(random);
        }
    }

    private void CheckFromElsewhere()
    {
        (_, PageFile other) = Open();
        using (other)
        {
            using ReadTransaction read = other.BeginRead();
            VerifyReport report = read.Verify();
            Demand(report.IsSound, report.IsSound ? "" : report.Problems[0].Text);
            Demand(_committed.Holds(FileContents.Read(other)), "another process reads otherwise");
        }

        if (!_process.IsDead)
        {
            Demand(_committed.Holds(FileContents.Read(_file)), "the writer itself reads otherwise");
        }
    }

    private static void Demand(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new OracleException(otherwise);
        }
    }
}
