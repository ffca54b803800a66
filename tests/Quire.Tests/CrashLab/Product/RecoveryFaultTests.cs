using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Product;

/// <summary>A recovery that meets a fault may give up, but must not lie and must not destroy.</summary>
public sealed class RecoveryFaultTests
{
    private static readonly CrashOptions Options =
        new() { Model = PersistenceModel.Ordered, DiagnosesCheck = false };

    private static FaultPlan InRecovery(FaultKind kind) =>
        new(kind) { Phase = FaultPhase.Recovery };

    /// <summary>A file with a checksum in front, which recovery believes or not.</summary>
    private static CrashScenario Checksummed(Func<LabFileSystem, string?> read) => new()
    {
        Setup = process => Toy.Write(process.Files, Toy.Path, Sealed("old value")),
        Workload = process => Toy.Promise(
            process, "new value", () => Toy.Replace(process.Files, Toy.Path, Sealed("new value"))),
        Check = (process, promises) =>
        {
            string? found = read(process.Files);
            bool mustBeNew = promises["new value"] == PromiseState.Acknowledged;
            if (found is not ("new value" or "old value") || (mustBeNew && found == "old value"))
            {
                throw new CheckFailedException($"found '{found}'");
            }
        },
    };

    private static string Sealed(string text) => $"{text.Sum(c => c):D5}{text}";

    private static string ReadSealed(LabFileSystem files)
    {
        string all = files.ReadAllText(Toy.Path);
        return Sealed(all[5..]) == all
            ? all[5..]
            : throw new InvalidDataException("checksum");
    }

    [Fact]
    public void Rotten_bits_are_noticed_with_a_checksum_and_believed_without()
    {
        CrashOptions options = Options with { Fault = InRecovery(FaultKind.BitRot) };
        CrashReport report = CrashTest.Explore(Checksummed(ReadSealed), options);
        Assert.Empty(report.Failures);
        Assert.True(report.FaultsFired > 0);
        report = CrashTest.Explore(
            Checksummed(files => files.ReadAllText(Toy.Path)[5..]), options);
        Assert.StartsWith("found '", report.Failures[0].Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_error_in_recovery_is_no_reason_to_start_afresh()
    {
        CrashOptions options = Options with { Fault = InRecovery(FaultKind.LatentReadError) };
        Assert.Empty(CrashTest.Explore(Checksummed(ReadSealed), options).Failures);
        CrashReport report = CrashTest.Explore(
            Checksummed(files =>
            {
                try
                {
                    return ReadSealed(files);
                }
                catch (IOException)
                {
                    Toy.Write(files, Toy.Path, Sealed(""));
                    throw;
                }
            }),
            options);
        Assert.Contains(
            "Wrong when recovered again after LatentReadError 1 in recovery: found ''",
            report.Failures[0].Error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_plan_does_not_excuse_is_a_failure()
    {
        CrashScenario scenario = Checksummed(files =>
        {
            string all = files.ReadAllText(Toy.Path);
            return Sealed(all[5..]) == all ? all[5..] : throw new FormatException("checksum");
        });
        FaultPlan plan = InRecovery(FaultKind.BitRot);
        Assert.IsType<FormatException>(CrashTest.Explore(
            scenario, Options with { Fault = plan }).Failures[0].Error);
        Assert.Empty(CrashTest.Explore(
            scenario,
            Options with { Fault = plan with { Excuses = error => error is FormatException } })
            .Failures);
    }

    [Fact]
    public void The_loop_goes_through_recovery_too_until_nothing_is_left_to_fail()
    {
        IReadOnlyList<(FaultPlan Plan, CrashReport Report)> loop = FaultLoop.Explore(
            Checksummed(ReadSealed), InRecovery(FaultKind.ReadError), Options);
        Assert.NotEmpty(loop);
        Assert.Equal(Enumerable.Range(1, loop.Count), loop.Select(turn => turn.Plan.Nth));
        Assert.All(loop, turn => Assert.Empty(turn.Report.Failures));
    }

    [Fact]
    public void Every_operation_of_a_workload_fails_in_turn()
    {
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
        {
            IReadOnlyList<(FaultPlan Plan, CrashReport Report)> loop = FaultLoop.Explore(
                Checksummed(ReadSealed), new FaultPlan(kind), Options);
            int expected = kind switch
            {
                FaultKind.ReadError or FaultKind.LatentReadError or FaultKind.BitRot
                    or FaultKind.ShortRead => 0,
                FaultKind.SyncError or FaultKind.LyingSync or FaultKind.NoSpace => 1,
                FaultKind.MisdirectedWrite => 1,
                FaultKind.DirectorySyncError => 2,
                _ => 1,
            };
            Assert.Equal(expected, loop.Count);

            // Only a disk that lies, or writes elsewhere, does harm to a program that is right.
            bool doesHarm = kind is FaultKind.MisdirectedWrite;
            Assert.All(loop, turn => Assert.Equal(doesHarm, turn.Report.Failures.Count > 0));
        }
    }

    [Fact]
    public void A_disk_that_lies_loses_what_a_program_did_right()
    {
        CrashScenario scenario = Checksummed(ReadSealed);
        CrashOptions any = Options with { Model = PersistenceModel.Sector512 };
        Assert.Empty(CrashTest.Explore(scenario, any).Failures);
        CrashReport lying = CrashTest.Explore(
            scenario, any with { Fault = new FaultPlan(FaultKind.LyingSync) });
        Assert.NotEmpty(lying.Failures);
    }

    [Fact]
    public void A_failed_sync_that_is_retried_loses_what_was_acknowledged()
    {
        CrashScenario Saving(bool retries) => new()
        {
            Setup = process => Toy.Write(process.Files, Toy.Path, "old"),
            Workload = process => Toy.Promise(process, "new", () =>
            {
                using LabStream stream = process.Files.Open("tmp", FileMode.Create);
                stream.Write("new"u8);
                try
                {
                    stream.FlushToDisk();
                }
                catch (IOException) when (retries)
                {
                    stream.FlushToDisk();
                }

                process.Files.Move("tmp", Toy.Path, overwrite: true);
                process.Files.SyncDirectoryOf(Toy.Path);
            }),
            Check = Checks.AtomicReplacement(Toy.Path, "old"),
        };

        CrashOptions options = Options with { Fault = FaultPlan.SyncFailsAsOn("ext4-ordered") };
        Assert.Empty(CrashTest.Explore(Saving(retries: false), options).Failures);
        Assert.Contains(
            "holds no version as a whole: 3 characters, '...'",
            CrashTest.Explore(Saving(retries: true), options).Failures[0].Error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_takes_a_short_read_for_the_end_is_caught()
    {
        static string ReadOnce(LabFileSystem files)
        {
            using LabStream stream = files.Open(Toy.Path, FileMode.Open, FileAccess.Read);
            byte[] bytes = new byte[stream.Length];
            int count = stream.Read(bytes);
            return System.Text.Encoding.ASCII.GetString(bytes, 0, count)[5..];
        }

        CrashOptions options = Options with { Fault = InRecovery(FaultKind.ShortRead) };
        Assert.Empty(CrashTest.Explore(Checksummed(ReadSealed), options).Failures);
        Assert.NotEmpty(CrashTest.Explore(Checksummed(ReadOnce), options).Failures);
    }
}
