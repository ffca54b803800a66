using Quire.Tests.Support;
using Quire.Worker.DiskPrograms;
using Xunit;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// A run of a disk program in a process of its own on a real file system, with the requests that
/// reached the disk and, for each step, between which of them it ran.
/// </summary>
internal sealed class ProgramRun
{
    private readonly DiskProgram _program;
    private readonly DiskLog _log;
    private readonly (int Start, int End) _range;
    private readonly int[] _acknowledged;

    private ProgramRun(DiskProgram program, DiskLog log, (int Start, int End) range, int[] acknowledged)
    {
        _program = program;
        _log = log;
        _range = range;
        _acknowledged = acknowledged;
    }

    /// <summary>The moments at which the power can be cut.</summary>
    public int Moments => _range.End - _range.Start + 1;

    public static ProgramRun Of(
        RecordedDisk disk, BlockImage image, DiskFormat format, DiskProgram program, string others)
    {
        disk.MountOrSkip(image, format);
        using var worker = WorkerProcess.Start(
            "disk-program", disk.MountPoint, program.Name, others);
        Assert.Equal("ready", worker.ReadLine());
        Perform(worker, "setup");
        int start = disk.Mark();
        var acknowledged = new int[program.Steps.Count];
        for (int i = 0; i < acknowledged.Length; i++)
        {
            Perform(worker, $"step {i}");
            acknowledged[i] = disk.Mark();
        }

        Perform(worker, "settle");
        int end = disk.Mark();
        worker.EndInput();
        worker.WaitForExit();
        return new ProgramRun(program, disk.Unmount(image), (start, end), acknowledged);
    }

    /// <summary>
    /// Cuts the power after each request on a disk that writes in order, and so many times on one
    /// with a cache that forgets. Equal disks are looked at once.
    /// </summary>
    public IEnumerable<Outcome> CutPower(DiskFormat format, int withCache, int seed)
    {
        using var crashed = new CrashedDisk(format);
        var chance = new Random(seed);
        var looked = new Dictionary<UInt128, Finding>();
        for (int moment = _range.Start; moment <= _range.End; moment++)
        {
            yield return Look(_log.After(moment), moment);
        }

        for (int i = 0; i < withCache; i++)
        {
            int moment = chance.Next(_range.Start, _range.End + 1);
            yield return Look(_log.AfterWithCache(moment, chance), moment);
        }

        Outcome Look(BlockImage image, int moment)
        {
            UInt128 hash = image.Hash();
            if (!looked.TryGetValue(hash, out Finding? found))
            {
                found = crashed.Look(image, _program);
                looked.Add(hash, found);
            }

            int acknowledged = _acknowledged.Count(done => done <= moment);
            return new Outcome(
                found.Kind, found.Version, acknowledged, _program.Steps.Count);
        }
    }

    private static void Perform(WorkerProcess worker, string command) =>
        Assert.Equal("done", worker.Ask(command));
}
