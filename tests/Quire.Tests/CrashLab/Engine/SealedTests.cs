using Quire.Cli.Crash;
using Quire.CrashLab;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// The sealed protocol in the same scenarios as the classic one. What is not synced until the next
/// checkpoint multiplies the states that a power cut can leave, so the bounds are smaller.
/// </summary>
public sealed class SealedTests
{
    /// <summary>More disks than any one cut of these scenarios leaves.</summary>
    private const int EveryDisk = 1 << 20;

    private static readonly EngineSettings Sealed = new() { Protocol = CommitProtocol.Sealed };

    [Theory]
    [MemberData(nameof(ModelTests.Withstood), MemberType = typeof(ModelTests))]
    public void Every_model_of_a_disk_is_withstood(string scenario, string model)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, Sealed), new CrashOptions { Model = PersistenceModel.Named(model) });

        report.ThrowIfFailed();
    }

    public static IEnumerable<object[]> Refused =>
        ModelTests.Refused.Where(pair => pair[0] is not "group");

    /// <summary>
    /// A record is written beside the one before it: a disk that damages that one, which is synced
    /// and perhaps acknowledged, takes it back.
    /// </summary>
    [Fact]
    public void Damage_beside_a_write_can_take_the_record_before_it_back()
    {
        CrashReport report = CrashTest.Explore(
            Alone("group", Sealed),
            new CrashOptions
            {
                Model = PersistenceModel.Named("neighbour-damage"),
                FindAll = true,
                Shrinks = false,
            });

        Assert.Contains(
            report.Failures, failure => failure.Error.Message.Contains("was acknowledged"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_withstood_ends_in_a_clear_error(string scenario, string model)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, Sealed),
            new CrashOptions
            {
                Model = PersistenceModel.Named(model),
                FindAll = true,
                Shrinks = false,
            });

        Assert.NotEmpty(report.Failures);
        Assert.All(report.Failures, failure => Assert.True(
            failure.Error is CorruptFileException || failure.Error.Message.Contains("is damaged"),
            failure.ToString()));
    }

    [Theory]
    [InlineData("commit", "sector-512")]
    [InlineData("checkpoint", "torn")]
    [InlineData("recover", "sector-512")]
    [InlineData("create", "barrier-reorder")]
    [InlineData("grow", "barrier-reorder")]
    [InlineData("shrink", "barrier-reorder")]
    public void Recovery_is_crashed_as_well(string scenario, string model)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, Sealed),
            new CrashOptions
            {
                Model = PersistenceModel.Named(model),
                Crashes = 2,
                Budget = IsLong ? 10_000_000 : 20_000,
            });

        report.ThrowIfFailed();
    }

    /// <summary>Each writer begins with a checkpoint; the last one leaves an empty log.</summary>
    [Theory]
    [InlineData("commit")]
    [InlineData("grow")]
    [InlineData("shrink")]
    public void Checkpoints_between_commits_are_withstood(string scenario)
    {
        CrashReport report = CrashTest.Explore(
            Alone(scenario, Sealed with
            {
                Commits = 3,
                Configure = options => options with { CheckpointBytes = 0 },
            }),
            new CrashOptions { Model = PersistenceModel.Torn, Budget = 20_000 });

        report.ThrowIfFailed();
    }

    [Theory]
    [InlineData(FaultKind.ReadError)]
    [InlineData(FaultKind.WriteError)]
    [InlineData(FaultKind.PartialWriteError)]
    [InlineData(FaultKind.SyncError)]
    [InlineData(FaultKind.BitRot)]
    public void A_failing_operation_and_a_power_cut_leave_what_was_promised(FaultKind kind)
    {
        foreach (string scenario in (string[])["commit", "recover"])
        {
            var all = FaultLoop.Explore(Alone(scenario, Sealed), new FaultPlan(kind, 1));
            Assert.NotEmpty(all);
            foreach ((FaultPlan plan, CrashReport report) in all)
            {
                Assert.True(report.Failures.Count == 0, $"{scenario}, {plan}: {report}");
            }
        }
    }

    [Theory]
    [InlineData("readers-and-writers", 1, 1)]
    [InlineData("readers-and-writers", 0, 2)]
    [InlineData("cache", 1, 1)]
    [InlineData("busy", 1, 1)]
    [InlineData("read-only", 1, 1)]
    [InlineData("modes", 0, 2)]
    [InlineData("checkpoint-race", 1, 1)]
    public void Every_schedule_with_one_preemption_one_kill_one_power_loss(
        string scenario, int readers, int writers) => PassesExhaustively(
            scenario, Sealed with { Readers = readers, Writers = writers }, Bounds(1, 1, 1));

    /// <summary>
    /// What the last connection leaves is not synced: that a sector of it is torn shows when the
    /// next one is at work.
    /// </summary>
    [Theory]
    [InlineData("readers-and-writers", 0, 2)]
    [InlineData("checkpoint-race", 0, 1)]
    public void Every_schedule_with_torn_sectors(string scenario, int readers, int writers) =>
        PassesExhaustively(
            scenario,
            Sealed with { Readers = readers, Writers = writers },
            Bounds(0, 1, 1) with { Model = PersistenceModel.Torn, StatesPerPoint = EveryDisk });

    /// <summary>Too many disks for all of them; those that are looked at are fixed by the seed.</summary>
    [Fact]
    public void Readers_and_writers_find_a_commit_that_was_cut_short() => ScheduleExplorer.Explore(
        Together("recover-race", Sealed with { Readers = 1, Writers = 1 }),
        Bounds(1, 1, 1)).ThrowIfFailed();

    [SkippableTheory]
    [InlineData("grow-race", 0, 2)]
    [InlineData("create-race", 0, 2)]
    [InlineData("modes", 1, 2)]
    public void More_processes_with_one_preemption_one_kill_one_power_loss(
        string scenario, int readers, int writers)
    {
        Skip.IfNot(IsLong, $"takes minutes; set {LongVariable}=1");
        PassesExhaustively(
            scenario,
            Sealed with { Readers = readers, Writers = writers },
            Bounds(1, 1, 1) with { StatesPerPoint = EveryDisk });
    }

    /// <summary>What the classic protocol has to show, in full: every disk of every cut.</summary>
    [SkippableTheory]
    [InlineData(2, 2, 0, 2, 2)]
    [InlineData(2, 2, 1, 1, 1)]
    [InlineData(1, 1, null, 1, 2)]
    public void Readers_and_writers_for_long(
        int readers, int writers, int? preemptions, int kills, int powerLosses)
    {
        Skip.IfNot(IsLong, $"takes a minute each; set {LongVariable}=1");
        PassesExhaustively(
            "readers-and-writers",
            Sealed with { Readers = readers, Writers = writers },
            Bounds(preemptions, kills, powerLosses) with { StatesPerPoint = EveryDisk });
    }

    /// <summary>Two writers, any of which may be killed, and two power cuts in a row.</summary>
    [Fact]
    public void Two_writers_no_preemption_two_kills_two_power_losses() => PassesExhaustively(
        "readers-and-writers",
        Sealed with { Readers = 0, Writers = 2 },
        Bounds(0, 2, 2) with { StatesPerPoint = EveryDisk });

    [SkippableFact]
    public void Two_writers_twice_two_kills_two_power_losses()
    {
        Skip.IfNot(IsLong, $"takes minutes; set {LongVariable}=1");
        ScheduleExplorer.Explore(
            Together(
                "readers-and-writers", Sealed with { Readers = 0, Writers = 2, Commits = 2 }),
            Bounds(0, 2, 2)).ThrowIfFailed();
    }

    /// <summary>
    /// The commit is durable when C1 is done, and still no commit: the next writer overwrites it.
    /// A protocol that acknowledged there would be caught.
    /// </summary>
    [Fact]
    public void To_acknowledge_before_the_marker_is_wrong()
    {
        ConcurrentScenario scenario = Together(
            "readers-and-writers", Sealed with { Readers = 0, Writers = 2 }) with
        {
            Processes = [.. Enumerable.Range(1, 2).Select(i => new NamedProgram(
                $"writer {i}", AcknowledgesAtC2))],
        };

        ScheduleReport report = ScheduleExplorer.Explore(scenario, Bounds(1, 1, 0));

        Assert.NotNull(report.Failure);
    }

    private static void AcknowledgesAtC2(SimulatedProcess process)
    {
        var observer = new AtC2();
        using PageFile file = EngineProcess.Open(process, Sealed, observer: observer);
        using WriteTransaction write = file.BeginWrite();
        long next = Edition.StageNext(write, Sealed.Pages);
        process.Begin($"{next}");
        observer.Reached = () => process.Acknowledge($"{next}");
        write.Commit();
    }

    private sealed class AtC2 : ProtocolObserver
    {
        public Action? Reached { get; set; }

        public override void OnStep(ProtocolStep reached)
        {
            if (reached == ProtocolStep.C2)
            {
                Reached?.Invoke();
            }
        }
    }
}
