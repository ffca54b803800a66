using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// A real process is killed by SIGKILL at every step of a sealed file. Whoever opens it next, when
/// nobody else has it open, completes what was sealed; a process that had it open all along
/// completes only what was marked.
/// </summary>
public sealed class SealedKillTests : IDisposable
{
    private static readonly PageFileOptions Sealed = new() { Protocol = CommitProtocol.Sealed };

    private readonly TempFolder _folder = new();

    public static TheoryData<ProtocolStep> WriterSteps =>
    [
        ProtocolStep.W2, ProtocolStep.W3, ProtocolStep.W6, ProtocolStep.W7, ProtocolStep.C1,
        ProtocolStep.C2, ProtocolStep.C2E, ProtocolStep.C3, ProtocolStep.C5, ProtocolStep.C7,
        ProtocolStep.C10,
    ];

    public static TheoryData<ProtocolStep> OpenerSteps =>
    [
        ProtocolStep.O1, ProtocolStep.O2, ProtocolStep.O3, ProtocolStep.F1, ProtocolStep.F2,
        ProtocolStep.F3, ProtocolStep.F4, ProtocolStep.F5, ProtocolStep.O4,
    ];

    public static TheoryData<ProtocolStep> CheckpointSteps =>
        [ProtocolStep.K1, ProtocolStep.K2, ProtocolStep.K3, ProtocolStep.K4];

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(WriterSteps))]
    public void Writer_killed_at(ProtocolStep step)
    {
        Stamp.Create(Path, 3, 1, Sealed);
        KillAt(step, "write 2 2");
        GoesOn(step > ProtocolStep.C1 ? 2 : 1);
    }

    [Theory]
    [MemberData(nameof(WriterSteps))]
    public void Writer_killed_beside_another_process_at(ProtocolStep step)
    {
        Stamp.Create(Path, 3, 1, Sealed);
        using (PageFile.Open(Path))
        {
            KillAt(step, "write 2 2");
            GoesOn(step > ProtocolStep.C3 ? 2 : 1);
        }
    }

    [Theory]
    [MemberData(nameof(OpenerSteps))]
    public void First_opener_killed_at(ProtocolStep step)
    {
        Stamp.Create(Path, 3, 1, Sealed);
        KillAt(ProtocolStep.C5, "write 2 2");
        using (WorkerProcess opener = Start())
        {
            Assert.Equal("armed", opener.Ask($"arm {step}"));
            Assert.Equal($"at {step}", opener.Ask($"open {Path}"));
            opener.Kill();
        }

        GoesOn(2);
    }

    [Theory]
    [MemberData(nameof(CheckpointSteps))]
    public void Last_connection_killed_at(ProtocolStep step)
    {
        Stamp.Create(Path, 3, 1, Sealed);
        using (WorkerProcess last = Start())
        {
            Assert.Equal("opened", last.Ask($"open {Path}"));
            Assert.Equal("committed 2", last.Ask("write 2 2"));
            Assert.Equal("armed", last.Ask($"arm {step}"));
            Assert.Equal($"at {step}", last.Ask("close"));
            last.Kill();
        }

        GoesOn(2);
    }

    private void GoesOn(long expected)
    {
        using PageFile file = PageFile.Open(Path);
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(expected, Stamp.ReadAll(read));
        }

        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 1);
            Stamp.WriteAll(write, 70);
            write.Commit();
        }

        using ReadTransaction after = file.BeginRead();
        Assert.Equal(70, Stamp.ReadAll(after));
        Assert.Empty(after.Verify().Problems);
    }

    private void KillAt(ProtocolStep step, string command)
    {
        using WorkerProcess writer = Start();
        Assert.Equal("opened", writer.Ask($"open {Path}"));
        Assert.Equal("armed", writer.Ask($"arm {step}"));
        Assert.Equal($"at {step}", writer.Ask(command));
        writer.Kill();
    }

    private static WorkerProcess Start()
    {
        WorkerProcess process = WorkerProcess.Start("page-client");
        Assert.Equal("ready", process.ReadLine());
        return process;
    }
}
