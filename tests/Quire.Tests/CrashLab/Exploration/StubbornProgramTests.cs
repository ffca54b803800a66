using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.CrashLab.Exploration;

/// <summary>
/// Programs that never end by themselves are reported; the lab itself always comes back. What such a
/// program waits for is let go at the end of each test, so that its thread is not lost.
/// </summary>
public sealed class StubbornProgramTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(150);
    private readonly ManualResetEventSlim _end = new();

    public void Dispose() => _end.Set();

    [Fact]
    public void A_process_that_waits_for_something_else_is_reported() =>
        Hangs(_ => _end.Wait(CancellationToken.None));

    [Fact]
    public void A_process_that_spins_is_reported() => Hangs(_ =>
    {
        while (!_end.IsSet)
        {
            Thread.SpinWait(1000);
        }
    });

    [Fact]
    public void A_process_that_works_for_ever_is_reported() => Hangs(process =>
    {
        while (true)
        {
            process.TryIdentify("a");
        }
    });

    [Fact]
    public void A_process_that_will_not_be_killed_is_reported()
    {
        ScheduleFailure failure = ScheduleExplorer.Explore(
            Alone(process =>
            {
                for (int i = 0; i < 10 && !_end.IsSet; i++)
                {
                    // Handles its own death, over and over.
                    i -= TryLook(process) ? 0 : 1;
                }
            }),
            new ScheduleOptions { Kills = 1, HangAfter = Soon }).Failure!;

        Assert.Equal((FailureKind.Hangs, "stubborn"), (failure.Kind, failure.Process));
    }

    [Fact]
    public void A_process_that_handles_its_death_and_then_ends_is_as_good_as_killed()
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Alone(process => TryLook(process)), new ScheduleOptions { Kills = 1 });

        Assert.Null(report.Failure);
        Assert.True(report.IsExhaustive);
    }

    [Fact]
    public void The_lab_goes_on_after_a_program_that_stood_still()
    {
        bool isStubborn = true;
        ConcurrentScenario scenario = Alone(process =>
        {
            process.TryIdentify("a");
            if (isStubborn)
            {
                _end.Wait(CancellationToken.None);
            }
        });
        var options = new ScheduleOptions { HangAfter = Soon };
        Assert.Equal(FailureKind.Hangs, ScheduleExplorer.Explore(scenario, options).Failure?.Kind);

        isStubborn = false;
        Assert.Null(ScheduleExplorer.Explore(
            scenario, options with { HangAfter = TimeSpan.FromSeconds(20) }).Failure);
    }

    [Fact]
    public void A_check_that_stands_still_is_a_failure_of_its_state()
    {
        CrashReport report = CrashTest.Explore(
            Writing() with { Check = (_, _) => _end.Wait(CancellationToken.None) },
            new CrashOptions { HangAfter = Soon, DiagnosesCheck = false });

        Assert.IsType<ProgramHangsException>(Assert.Single(report.Failures).Error);
    }

    [Fact]
    public void A_check_that_works_for_ever_is_a_failure_of_its_state()
    {
        CrashReport report = CrashTest.Explore(
            Writing() with
            {
                Check = static (process, _) =>
                {
                    while (true)
                    {
                        process.TryIdentify("a");
                    }
                },
            },
            new CrashOptions { OperationLimit = 1000, DiagnosesCheck = false });

        Assert.IsType<ProgramHangsException>(Assert.Single(report.Failures).Error);
    }

    [Fact]
    public void A_workload_that_stands_still_is_refused() =>
        Assert.Throws<ProgramHangsException>(() => CrashTest.Explore(
            Writing() with { Workload = _ => _end.Wait(CancellationToken.None) },
            new CrashOptions { HangAfter = Soon }));

    [Fact]
    public void An_exploration_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        CrashScenario crash = Writing() with { Check = (_, _) => cancelled.Cancel() };
        Assert.Throws<OperationCanceledException>(() => CrashTest.Explore(
            crash,
            new CrashOptions { Cancellation = cancelled.Token, DiagnosesCheck = false, Crashes = 1 }));

        Assert.Throws<OperationCanceledException>(() => ScheduleExplorer.Explore(
            Alone(static _ => { }), new ScheduleOptions { Cancellation = cancelled.Token }));
        Assert.Throws<OperationCanceledException>(() => ScheduleExplorer.Sample(
            Alone(static _ => { }),
            new ScheduleOptions { Cancellation = cancelled.Token },
            seed: 1));
    }

    [Fact]
    public void Progress_is_told_in_states()
    {
        var told = new List<long>();
        CrashReport report = CrashTest.Explore(
            new CrashScenario
            {
                Workload = static process =>
                {
                    using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
                    for (int i = 0; i < 13; i++)
                    {
                        file.Write(i * 512, [(byte)(i + 1)]);
                    }
                },
                Check = static (_, _) => { },
            },
            new CrashOptions
            {
                Progress = new Told(told),
                Model = PersistenceModel.BarrierReorder,
                StatesPerPoint = 1 << 20,
            });

        Assert.True(report.CheckedStates > 4096, $"{report.CheckedStates} states");
        Assert.Equal(report.CheckedStates / 4096, told.Count);
        Assert.Equal(4096, told[0]);
    }

    private static bool TryLook(SimulatedProcess process)
    {
        try
        {
            process.TryIdentify("a");
            process.TryIdentify("b");
            return true;
        }
        catch (ProcessKilledException)
        {
            return false;
        }
    }

    private static CrashScenario Writing() => new()
    {
        Workload = static process =>
        {
            using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
            for (int i = 0; i < 12; i++)
            {
                file.Write(i * 512, [1]);
            }
        },
        Check = static (_, _) => { },
    };

    private static ConcurrentScenario Alone(Action<SimulatedProcess> program) => new()
    {
        Processes = [new NamedProgram("stubborn", program)],
        Check = static (_, _) => { },
    };

    private static void Hangs(Action<SimulatedProcess> program)
    {
        ScheduleFailure failure = ScheduleExplorer.Explore(
            Alone(process =>
            {
                process.TryIdentify("first");
                program(process);
            }),
            new ScheduleOptions { HangAfter = Soon, OperationLimit = 2000 }).Failure!;

        Assert.Equal((FailureKind.Hangs, "stubborn"), (failure.Kind, failure.Process));
        Assert.IsType<ProgramHangsException>(failure.Error);
    }

    private sealed class Told(List<long> told) : IProgress<long>
    {
        public void Report(long value) => told.Add(value);
    }
}
