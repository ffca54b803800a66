using Quire.Worker.DiskPrograms;
using Xunit;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// The engine in a process of its own on a real file system: after a power cut at any moment the file
/// opens, is sound, and holds one commit, not older than the last that was acknowledged.
/// </summary>
[Collection("Real disks")]
public sealed class EngineOnRealDisksTests
{
    [SkippableTheory]
    [InlineData("ext4", 6)]
    [InlineData("xfs", 2)]
    [InlineData("btrfs", 1)]
    public void Every_acknowledged_commit_survives_every_power_cut(string format, int commits) =>
        AssertSurvives(format, "idle", commits, cutsWithCache: 10 * commits);

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("ext4-noauto")]
    [InlineData("ext4-writeback")]
    [InlineData("ext4-journal")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void Acknowledged_commits_survive_thousands_of_power_cuts(string format)
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "Thousands of power cuts take minutes: set QUIRE_LONG=1.");
        AssertSurvives(format, "idle", commits: 24, cutsWithCache: 1000);
        AssertSurvives(format, "busy", commits: 12, cutsWithCache: 500);
    }

    private static void AssertSurvives(
        string formatName, string others, int commits, int cutsWithCache)
    {
        DiskFormat format = DiskFormat.Named(formatName);
        using RecordedDisk disk = RecordedDisk.CreateOrSkip();
        BlockImage image = format.MakeOrSkip();
        DiskProgram program = EngineProgram.Create(commits);
        ProgramRun run = ProgramRun.Of(disk, image, format, program, others);
        Outcome[] outcomes = [.. run.CutPower(format, cutsWithCache, seed: 1)];
        Assert.All(outcomes, outcome => Assert.False(outcome.IsFailure, outcome.ToString()));

        // The cuts reached into the run and not only its end.
        Assert.Equal(commits + 1, outcomes.Select(outcome => outcome.Version).Distinct().Count());
    }
}
