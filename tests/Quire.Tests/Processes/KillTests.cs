using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// A real process is killed by SIGKILL at every step, and the file is whole; a classic one. See
/// <see cref="SealedKillTests"/>.
/// </summary>
public sealed class KillTests(KillFixture survivors) : IClassFixture<KillFixture>
{
    public static TheoryData<ProtocolStep> WriterSteps =>
    [
        ProtocolStep.W1, ProtocolStep.W2, ProtocolStep.W3, ProtocolStep.W5, ProtocolStep.W6,
        ProtocolStep.W7, ProtocolStep.C1, ProtocolStep.C2, ProtocolStep.C2E, ProtocolStep.C3,
        ProtocolStep.C4, ProtocolStep.C5, ProtocolStep.C6, ProtocolStep.C7, ProtocolStep.C8,
        ProtocolStep.C9, ProtocolStep.C10,
    ];

    public static TheoryData<ProtocolStep> RecoverySteps =>
    [
        ProtocolStep.R4, ProtocolStep.P1, ProtocolStep.P2, ProtocolStep.P3, ProtocolStep.P4,
        ProtocolStep.P5, ProtocolStep.P6, ProtocolStep.P7,
    ];

    public static TheoryData<ProtocolStep> CreationSteps =>
        [ProtocolStep.N1, ProtocolStep.N2, ProtocolStep.N3, ProtocolStep.N4];

    [Theory]
    [MemberData(nameof(WriterSteps))]
    public void Writer_killed_at(ProtocolStep step)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, 3, 1, Stamp.Classic);

        // At C3 the marker is about to be written: what is killed there never was.
        survivors.DieAndCheckSurvivors(
            path,
            () => KillAt(step, $"open {path}", "write 2 2"),
            expected: step > ProtocolStep.C3 ? 2 : 1);
    }

    /// <summary>
    /// W4 and everything after it, of a writer that has to put things right first.
    /// </summary>
    [Theory]
    [InlineData(ProtocolStep.C2, ProtocolStep.W4, 1)]
    [InlineData(ProtocolStep.C5, ProtocolStep.W4, 2)]
    [InlineData(ProtocolStep.C5, ProtocolStep.P3, 2)]
    [InlineData(ProtocolStep.C5, ProtocolStep.W7, 2)]
    [InlineData(ProtocolStep.C8, ProtocolStep.P5, 2)]
    [InlineData(ProtocolStep.C8, ProtocolStep.P6, 2)]
    [InlineData(ProtocolStep.C9, ProtocolStep.P7, 2)]
    [InlineData(ProtocolStep.C9, ProtocolStep.W7, 2)]
    public void Next_writer_killed_too(ProtocolStep first, ProtocolStep second, long expected)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, 3, 1, Stamp.Classic);
        using WorkerProcess next = WorkerProcess.Start("page-client");
        Assert.Equal("ready", next.ReadLine());
        Assert.Equal("opened", next.Ask($"open {path}"));
        survivors.DieAndCheckSurvivors(
            path,
            () =>
            {
                KillAt(first, $"open {path}", "write 2 2");
                Assert.Equal("armed", next.Ask($"arm {second}"));
                Assert.Equal($"at {second}", next.Ask("write 3"));
                next.Kill();
            },
            expected);
    }

    [Theory]
    [MemberData(nameof(RecoverySteps))]
    public void Recovering_reader_killed_at(ProtocolStep step)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, 3, 1, Stamp.Classic);
        survivors.DieAndCheckSurvivors(
            path,
            () =>
            {
                Dead.At(path, ProtocolStep.C5);
                KillAt(step, $"open {path}");
            },
            expected: 2);
    }

    [Theory]
    [MemberData(nameof(CreationSteps))]
    public void Creator_killed_at(ProtocolStep step)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        KillAt(step, $"open {path}");
        using WorkerProcess other = WorkerProcess.Start("page-client");
        Assert.Equal("ready", other.ReadLine());
        other.Send($"open {path}");
        using PageFile file = PageFile.Open(path);
        Assert.Equal("opened", other.ReadLine());
        Assert.Equal("committed 5", other.Ask("write 5 3"));
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(5, Stamp.ReadAll(read));
        Assert.Empty(read.Verify().Problems);
    }

    /// <summary>
    /// Every write of main in a commit of several pages, two of them past the end: before it, and
    /// in the middle of it.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData(" half")]
    public void Writer_killed_at_every_write_of_main(string half)
    {
        using var folder = new TempFolder();
        string start = folder.File("start.quire");
        Stamp.Create(start, 4, 1, Stamp.Classic);
        int writes = 0;
        bool isEnd = false;
        while (!isEnd)
        {
            string path = folder.File($"{++writes}.quire");
            File.Copy(start, path);
            File.Copy(start + "-journal", path + "-journal");
            using WorkerProcess writer = WorkerProcess.Start("page-client");
            Assert.Equal("ready", writer.ReadLine());
            Assert.Equal("opened", writer.Ask($"open {path}"));
            Assert.Equal("armed", writer.Ask($"arm-write {writes}{half}"));
            string answer = writer.Ask("write 2 2");
            isEnd = answer == "committed 2";
            Assert.True(isEnd || answer == "at write", answer);
            writer.Kill();

            // Two writes of C2E come first, then the marker: half a marker is C3 begun.
            bool isCommitted = writes > 3 || (writes == 3 && half.Length > 0);
            KillFixture.CheckReader(path, isCommitted ? 2 : 1);
        }

        // Two pages past the end, marker, map page, four pages, header, marker; and then none.
        Assert.Equal(11, writes);
    }

    private static void KillAt(ProtocolStep step, params string[] commands)
    {
        using WorkerProcess writer = WorkerProcess.Start("page-client");
        Assert.Equal("ready", writer.ReadLine());
        for (int i = 0; i < commands.Length; i++)
        {
            bool isLast = i == commands.Length - 1;
            if (isLast)
            {
                Assert.Equal("armed", writer.Ask($"arm {step}"));
            }

            Assert.Equal(isLast ? $"at {step}" : "opened", writer.Ask(commands[i]));
        }

        writer.Kill();
    }
}
