using System.Runtime.CompilerServices;
using Quire.Locking;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Traces;

/// <summary>
/// What the roles of docs/protocol.md do to the outside, request by request. Each scenario is one
/// file beside this one; the tables of docs/protocol.md can be read along with it.
/// </summary>
public sealed class GoldenTraceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TraceRecorder _trace = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Creation()
    {
        _trace.Record();
        using PageFile file = PageFile.Open(
            Path, _trace.Options with { Protocol = CommitProtocol.Classic });
        Check();
    }

    [Fact]
    public void Reader()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        _trace.Record();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        _trace.Say("the first read transaction");
        Read(file);
        _trace.Say("the second: nobody has committed, the pages are still cached");
        Read(file);
        Check();
    }

    [Fact]
    public void Reader_after_the_commit_of_another()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        using PageFile other = PageFile.Open(Path);
        Write(other, 2);
        _trace.Record();
        Assert.Equal(2, Read(file));
        Check();
    }

    [Fact]
    public void Commit_of_one_changed_page()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        _trace.Record();
        Write(file, 2);
        Check();
    }

    [Fact]
    public void Commit_that_extends_the_file()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        _trace.Record();
        Write(file, 2, growth: 2);
        Check();
    }

    [Fact]
    public void Commit_that_shortens_the_file()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Write(file, 2, growth: 2);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Free(new PageNumber(3));
            write.Free(new PageNumber(4));
            Assert.Equal(2u, write.TrimEnd());
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Exclusive_transaction()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite(TransactionMode.Exclusive))
        {
            write.Write(new PageNumber(2))[0] = 2;
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Deferred_transaction()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite(TransactionMode.Deferred))
        {
            _trace.Say("a read");
            write.Read(new PageNumber(2));
            _trace.Say("a change");
            write.Write(new PageNumber(2))[0] = 2;
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Optimistic_transaction_beside_the_commit_of_another()
    {
        Stamp.Create(Path, 2, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        using PageFile other = PageFile.Open(Path);
        Read(file);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite(TransactionMode.Optimistic))
        {
            _trace.Say("a read and a change");
            write.Write(new PageNumber(2))[0] = 2;
            using (WriteTransaction elsewhere = other.BeginWrite())
            {
                elsewhere.Write(new PageNumber(3))[0] = 3;
                elsewhere.Commit();
            }

            _trace.Say("the commit, after somebody else has changed another page");
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Commit_without_a_change()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Rollback()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.WriteAll(write, 2);
        }

        Check();
    }

    [Fact]
    public void Large_transaction_that_spills_and_is_rolled_back()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options with { StagingBytes = 0 });
        Read(file);
        _trace.Record();
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 150);
        }

        Check();
    }

    [Fact]
    public void Large_transaction_that_spills()
    {
        Stamp.Create(Path, 130, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(
            Path, _trace.Options with { StagingBytes = 0, JournalLimitBytes = 256 * 1024 });
        Read(file);
        _trace.Record();
        Write(file, 2);
        Check();
    }

    [Fact]
    public void Recovery_by_a_reader()
    {
        Dead.At(Path, ProtocolStep.C6);
        _trace.Record();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(2, Read(file));
        Check();
    }

    [Fact]
    public void Recovery_by_a_writer()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        Dead.At(Path, ProtocolStep.C5);
        _trace.Record();
        Write(file, 3);
        Check();
    }

    [Fact]
    public void ConfirmClear_after_a_death_between_C7_and_C9()
    {
        Dead.At(Path, ProtocolStep.C8);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(2, Read(file));
        _trace.Record();
        file.Recover();
        Check();
    }

    [Fact]
    public void DiscardJournal_after_a_death_behind_C1()
    {
        Dead.At(Path, ProtocolStep.C2);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(1, Read(file));
        _trace.Record();
        file.Recover();
        Check();
    }

    [Fact]
    public void DiscardJournal_after_a_death_while_staging()
    {
        Dead.WhileStaging(Path);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(1, Read(file));
        _trace.Record();
        file.Recover();
        Check();
    }

    [Fact]
    public void CreateJournal_after_the_journal_was_deleted_while_idle()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        File.Delete(Path + "-journal");
        using PageFile file = PageFile.Open(Path, _trace.Options);
        _trace.Record();
        file.Recover();
        Check();
    }

    [Fact]
    public void Busy_commit_and_its_repetition()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        using PageFile other = PageFile.Open(Path);
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.WriteAll(write, 2);
            using (other.BeginRead())
            {
                _trace.Record();
                _trace.Say("another process reads");
                Assert.Throws<BusyException>(() => write.Commit());
            }

            _trace.Say("it has finished");
            write.Commit();
        }

        Check();
    }

    [Fact]
    public void Commit_that_waits_for_another_writer()
    {
        Stamp.Create(Path, 1, 1, Stamp.Classic);
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Read(file);
        using PageFile other = PageFile.Open(Path);
        WriteTransaction elsewhere = other.BeginWrite();
        _trace.BeforeRequest = request =>
        {
            if (request.Kind == IoKind.Lock
                && request.Offset == LockBytes.RangeOf(LockName.Next).Offset)
            {
                _trace.Say("the other writer ends");
                elsewhere.Dispose();
            }
        };
        _trace.Record();
        _trace.Say("another process writes");
        using (WriteTransaction write = file.BeginWrite(Eventually.Limit))
        {
            Stamp.WriteAll(write, 2);
            write.Commit();
        }

        Check();
    }

    private static long Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return Stamp.ReadAll(read);
    }

    private static void Write(PageFile file, long number, int growth = 0)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.Grow(write, growth);
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private void Check([CallerMemberName] string scenario = "")
    {
        _trace.Pause();
        GoldenFile.Check(scenario.ToLowerInvariant().Replace('_', '-'), _trace.Text);
    }
}
