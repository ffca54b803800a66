using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Support;

/// <summary>
/// Leaves a file as a writer does that dies in the middle: every page held 1, its transaction was
/// to stamp them all with 2. In this process, by dropping its files and locks; the tests with real
/// processes show that this is what SIGKILL does.
/// </summary>
public static class Dead
{
    /// <param name="path">The file; a classic one is created when it is absent.</param>
    /// <param name="step">Where the writer dies: before it performs the step.</param>
    /// <param name="pages">How many pages a new file gets.</param>
    /// <param name="stage">What the writer stages; by default the stamp.</param>
    public static void At(
        string path, ProtocolStep step, int pages = 1, Action<WriteTransaction>? stage = null)
    {
        if (!File.Exists(path))
        {
            Stamp.Create(path, pages, 1, Stamp.Classic);
        }

        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(path, doomed.Options);
        WriteTransaction write = file.BeginWrite();
        (stage ?? (transaction => Stamp.WriteAll(transaction, 2)))(write);
        doomed.DieAt = step;
        Assert.Throws<SimulatedDeathException>(() => write.Commit());
    }

    /// <summary>Dies after a part of its pages has gone to the journal.</summary>
    public static void WhileStaging(string path)
    {
        Stamp.Create(path, 1, 1, Stamp.Classic);
        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(path, doomed.Options with { StagingBytes = 0 });
        WriteTransaction write = file.BeginWrite();
        Stamp.Grow(write, 200);
        Assert.Throws<SimulatedDeathException>(doomed.Die);
    }
}
