using Quire.Worker.DiskPrograms;
using Xunit;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// The presets of the crash lab held against the file systems that they are named after: the same
/// programs in the lab and, as real processes, on a real disk whose power is cut at every moment.
/// </summary>
[Collection("Real disks")]
public sealed class CalibrationTests
{
    private const int CutsWithCache = 12;

    // The racy one last; the others do the same every time.
    private static readonly string[] AllOthers = ["idle", "journal", "sync", "busy"];

    public static TheoryData<string, string> Everything
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (DiskFormat format in DiskFormat.All)
            {
                foreach (DiskProgram program in SamplePrograms.All)
                {
                    data.Add(format.Name, program.Name);
                }
            }

            return data;
        }
    }

    /// <summary>Each a kind of failure that the lab finds, too; see docs/calibration.md.</summary>
    [SkippableTheory]
    [InlineData("ext4", "first-save-naive", "idle", "no file after 1 of 1")]
    [InlineData("ext4", "save-synced", "idle", "old file after 1 of 1")]
    [InlineData("ext4", "save-in-place", "journal", "empty file after 0 of 1")]
    [InlineData("ext4", "append-naive", "idle", "records 0 to 0 after 2 of 2")]
    [InlineData("ext4", "append-naive", "journal", "zeros instead of bytes after 1 of 2")]
    [InlineData("ext4", "append-synced", "journal", "cut short after 1 of 2")]
    [InlineData("ext4-noauto", "save-naive", "journal", "empty file after 1 of 1")]
    [InlineData("ext4-writeback", "append-naive", "journal", "zeros instead of bytes after 1 of 2")]
    [InlineData("ext4-journal", "append-naive", "idle", "records 0 to 0 after 2 of 2")]
    [InlineData("xfs", "save-naive", "journal", "empty file after 1 of 1")]
    [InlineData("btrfs", "save-naive", "idle", "old file after 1 of 1")]
    public void A_careless_program_fails_on_a_real_file_system_as_the_lab_predicts(
        string formatName, string programName, string others, string failure)
    {
        DiskFormat format = DiskFormat.Named(formatName);
        DiskProgram program = SamplePrograms.Named(programName);
        HashSet<Outcome> seen = Measure(format, program, [others]);
        Assert.Contains($"{failure} (failure)", seen.Select(outcome => outcome.ToString()));
        AssertPermitted(seen, program, format);
    }

    [SkippableTheory]
    [InlineData("ext4", "save-safe", "journal")]
    [InlineData("ext4", "first-save-safe", "busy")]
    [InlineData("ext4", "append-safe", "journal")]
    [InlineData("ext4-noauto", "save-safe", "journal")]
    [InlineData("ext4-writeback", "append-safe", "journal")]
    [InlineData("xfs", "save-safe", "idle")]
    [InlineData("btrfs", "save-safe", "idle")]
    public void No_power_cut_hurts_a_safe_program(
        string formatName, string programName, string others)
    {
        DiskFormat format = DiskFormat.Named(formatName);
        DiskProgram program = SamplePrograms.Named(programName);
        HashSet<Outcome> seen = Measure(format, program, [others]);
        Assert.All(seen, outcome => Assert.False(outcome.IsFailure, outcome.ToString()));
        AssertPermitted(seen, program, format);
    }

    [SkippableTheory]
    [MemberData(nameof(Everything))]
    public void Whatever_a_real_file_system_does_its_preset_permits(
        string formatName, string programName)
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "All programs on all file systems take minutes: set QUIRE_LONG=1.");
        DiskFormat format = DiskFormat.Named(formatName);
        DiskProgram program = SamplePrograms.Named(programName);
        HashSet<Outcome> seen = Measure(format, program, [.. AllOthers, "busy", "busy"]);
        CalibrationTable.Note(format, program, seen);
        AssertPermitted(seen, program, format);
        if (programName.EndsWith("-safe", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(seen, outcome => outcome.IsFailure);
        }
    }

    private static HashSet<Outcome> Measure(
        DiskFormat format, DiskProgram program, IEnumerable<string> allOthers)
    {
        using RecordedDisk disk = RecordedDisk.CreateOrSkip();
        BlockImage image = format.MakeOrSkip();
        var seen = new HashSet<Outcome>();
        foreach (string others in allOthers)
        {
            ProgramRun run = ProgramRun.Of(disk, image, format, program, others);
            Assert.True(run.Moments > 4, $"Only {run.Moments} moments were looked at.");
            seen.UnionWith(run.CutPower(format, CutsWithCache, seed: 1));
        }

        return seen;
    }

    private static void AssertPermitted(
        HashSet<Outcome> seen, DiskProgram program, DiskFormat format)
    {
        IReadOnlySet<Outcome> permitted = Outcome.Permitted(program, format.Preset);
        string[] surprises =
            [.. seen.Except(permitted).Select(outcome => outcome.ToString()).Order()];
        Assert.True(
            surprises.Length == 0,
            $"{program.Name} on {format.Name}: {format.Preset} does not permit " +
            string.Join(", ", surprises));
    }
}
