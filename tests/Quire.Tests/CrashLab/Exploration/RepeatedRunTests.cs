using Quire.CrashLab;
using Quire.Storage;
using Quire.Tests.CrashLab.Reports;
using Quire.Tests.CrashLab.Scheduling;
using Xunit;

namespace Quire.Tests.CrashLab.Exploration;

/// <summary>Every run twice with the same token is identical byte for byte.</summary>
public sealed class RepeatedRunTests
{
    [Fact]
    public void Schedules_of_random_programs_do_the_same_twice()
    {
        for (int seed = 0; seed < 8; seed++)
        {
            int number = seed;
            ConcurrentScenario scenario = new RandomPrograms(number, 3, 4).Scenario with
            {
                Check = static (_, _) => throw new CheckFailedException("whatever it is"),
            };
            var options = new ScheduleOptions
            {
                Kills = 1,
                PowerLosses = number % 3,
                Budget = 1,
                Shrinks = false,
            };

            // Priorities go deep into the schedule before anything is judged.
            ScheduleFailure? failure = ScheduleExplorer.Sample(
                scenario, options with { PowerLosses = 0 }, number, 12).Failure;
            Assert.NotNull(failure);
            EnsureSame(
                () => ScheduleExplorer.TraceOf(scenario, failure.Token, options),
                () => Counterexample.Of(scenario, failure, options));
        }
    }

    [Fact]
    public void Crashes_of_a_recovery_do_the_same_twice()
    {
        CrashScenario scenario = ReportScenarios.Unsynced() with
        {
            Check = (process, promises) =>
            {
                // Repairs in place and in two steps; a crash between the two is seen by the next.
                using IStorageFile file = process.Open("data", FileOpenMode.ReadWrite);
                byte[] bytes = new byte[2048];
                file.Read(0, bytes);
                if (bytes[512] == 9 && bytes[1024] != 9)
                {
                    throw new CheckFailedException("half repaired");
                }

                file.Write(512, [9]);
                file.Sync();
                file.Write(1024, [9]);
            },
        };
        var options = new CrashOptions { Crashes = 2, DiagnosesCheck = false };
        CrashFailure failure = CrashTest.Explore(scenario, options).Failures[0];

        Assert.Equal(2, failure.Crashes.Count);
        EnsureSame(
            () => CrashTest.TraceOf(scenario, failure.Token, options),
            () => Counterexample.Of(scenario, failure, options));
        Assert.Equal(
            failure.ToString(), CrashTest.Replay(scenario, failure.Token, options)?.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_exploration_says_the_same_whatever_the_number_of_threads(int threads)
    {
        var options = new CrashOptions { FindAll = true, Shrinks = false };
        CrashReport one = CrashTest.Explore(ReportScenarios.Unsynced(), options);
        CrashReport other = CrashTest.Explore(
            ReportScenarios.Unsynced(), options with { DegreeOfParallelism = threads });

        Assert.Equal(one.CheckedStates, other.CheckedStates);
        Assert.Equal(
            one.Failures.Select(failure => failure.ToString()),
            other.Failures.Select(failure => failure.ToString()));
    }

    [Fact]
    public void A_token_of_another_program_is_refused()
    {
        CrashScenario scenario = ReportScenarios.Unsynced();

        Assert.Throws<FormatException>(() => CrashTest.Replay(scenario, "99:0"));
        Assert.Throws<FormatException>(() => CrashTest.Replay(scenario, "4:0x17"));
        Assert.Throws<FormatException>(() => CrashTest.Replay(scenario, "4:9x5"));
        Assert.Throws<FormatException>(() => CrashTest.Replay(scenario, "nonsense"));
        Assert.Throws<FormatException>(() => ScheduleExplorer.Replay(
            ReportScenarios.Counters(isLocked: true), "1y2"));
    }

    private static void EnsureSame(Func<FailureTrace> trace, Func<Counterexample> tell)
    {
        // Bytes that were written and read are in the operations, answers in the rows.
        FailureTrace once = trace();
        FailureTrace again = trace();
        Assert.Equal(HashOf(once), HashOf(again));
        Assert.Equal(tell().ToJson(), tell().ToJson());
    }

    private static UInt128 HashOf(FailureTrace failure)
    {
        var hash = new StateHash();
        foreach (TraceEntry entry in failure.Program.Entries
            .Concat(failure.Checks.SelectMany(check => check.Check.Entries)))
        {
            entry.Operation.AddTo(ref hash);
            hash.Add(entry.Operation.Process);
            hash.Add(entry.Note);
            hash.Add(entry.Changes);
            hash.Add(entry.IsGranted is { } granted ? (granted ? 1L : 0L) : 2L);
        }

        hash.Add(failure.Error.ToString().Split('\n')[0]);
        return hash.Value;
    }
}
