using System.Runtime.CompilerServices;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Traces;

/// <summary>
/// As <see cref="GoldenTraceTests"/>, for docs/protocol.md, "The sealed protocol".
/// </summary>
public sealed class SealedTraceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TraceRecorder _trace = new();

    public SealedTraceTests()
    {
        Stamp.Create(Path, 1, 1, new PageFileOptions { Protocol = CommitProtocol.Sealed });
    }

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sealed_first_opener()
    {
        _trace.Record();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        _trace.Say("the first commit of a cycle, and the next one");
        Write(file, 2);
        _trace.Say("");
        Write(file, 3);
        _trace.Say("the log as it was left, but for a look whether somebody began a new cycle");
        Write(file, 4);
        _trace.Pause();
        Check();
    }

    [Fact]
    public void Sealed_opener_beside_another()
    {
        using PageFile other = PageFile.Open(Path);
        _trace.Record();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Check();
    }

    [Fact]
    public void Sealed_read_only_opener()
    {
        _trace.Record();
        using PageFile file = PageFile.Open(
            Path, _trace.Options with { Mode = PageFileMode.ReadOnly });
        Check();
    }

    [Fact]
    public void Sealed_first_opener_after_a_death_between_C1_and_C3()
    {
        DieAt(ProtocolStep.C3, 2);
        _trace.Record();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(2, Read(file));
        Check();
    }

    [Fact]
    public void Sealed_commit_after_a_death_between_C1_and_C3()
    {
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(1, Read(file));
        DieAt(ProtocolStep.C3, 2);
        _trace.Record();
        _trace.Say("what the dead writer sealed is overwritten");
        Write(file, 3);
        Check();
    }

    [Fact]
    public void Sealed_recovery_by_a_reader()
    {
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Assert.Equal(1, Read(file));
        DieAt(ProtocolStep.C5, 2);
        _trace.Record();
        Assert.Equal(2, Read(file));
        Check();
    }

    [Fact]
    public void Sealed_commit_that_is_given_up()
    {
        using PageFile file = PageFile.Open(Path, _trace.Options);
        using PageFile other = PageFile.Open(Path);
        Write(file, 2);
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.WriteAll(write, 3);
            using (other.BeginRead())
            {
                _trace.Record();
                _trace.Say("another process reads");
                Assert.Throws<BusyException>(() => write.Commit());
            }
        }

        Check();
        Assert.Equal(2, Read(file));
    }

    [Fact]
    public void Sealed_checkpoint()
    {
        using PageFile file = PageFile.Open(Path, _trace.Options with { CheckpointBytes = 0 });
        Write(file, 2);
        _trace.Record();
        Write(file, 3);
        Check();
    }

    [Fact]
    public void Sealed_checkpoint_on_request()
    {
        using PageFile file = PageFile.Open(Path, _trace.Options);
        Write(file, 2);
        _trace.Record();
        file.Checkpoint();
        _trace.Say("nothing to do any more");
        file.Checkpoint();
        _trace.Say("the first commit afterwards");
        Write(file, 3);
        Check();
    }

    [Fact]
    public void Sealed_last_connection()
    {
        PageFile file = PageFile.Open(Path, _trace.Options);
        Write(file, 2);
        _trace.Record();
        file.Dispose();
        Check();
    }

    private static long Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return Stamp.ReadAll(read);
    }

    private static void Write(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private void DieAt(ProtocolStep step, long number)
    {
        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(Path, doomed.Options);
        WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        doomed.DieAt = step;
        Assert.Throws<SimulatedDeathException>(() => write.Commit());
    }

    private void Check([CallerMemberName] string scenario = "")
    {
        _trace.Pause();
        GoldenFile.Check(scenario.ToLowerInvariant().Replace('_', '-'), _trace.Text);
    }
}
