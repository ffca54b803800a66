using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Product;

/// <summary>Workloads and checks that are no good are told so, each by what is wrong with it.</summary>
public sealed class BadInputTests
{
    private static readonly CrashOptions Impatient = new()
    {
        Model = PersistenceModel.Ordered,
        HangAfter = TimeSpan.FromSeconds(1),
        OperationLimit = 500,
    };

    private static CheckFinding[] FindingsOf(CrashScenario scenario)
    {
        CrashReport report = CrashTest.Explore(scenario, Impatient with { Budget = 1 });
        return [.. report.Diagnosis!.Findings];
    }

    private static CheckFinding OnlyFindingOf(Action<SimulatedProcess, Promises> check) =>
        Assert.Single(FindingsOf(Toy.Replacing(check)));

    private static void GoodCheck(SimulatedProcess process, Promises promises) =>
        Checks.AtomicReplacement(Toy.Path, "v0")(process, promises);

    [Fact]
    public void A_workload_that_writes_something_else_each_time_is_named()
    {
        int runs = 0;
        CrashScenario scenario = Toy.Replacing(GoodCheck) with
        {
            Workload = process => Toy.Write(process.Files, "other", $"{++runs}"),
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(scenario));
        Assert.Contains(
            "does not do the same every time", error.Message, StringComparison.Ordinal);
        Assert.Contains("write /other 0+1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workload_that_does_more_each_time_is_named_with_numbers()
    {
        int runs = 0;
        CrashScenario scenario = Toy.Replacing(GoodCheck) with
        {
            Workload = process =>
            {
                runs++;
                for (int i = 0; i < runs; i++)
                {
                    Toy.Write(process.Files, $"other{i}", "same", isSynced: false);
                }
            },
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(scenario));
        Assert.Contains(
            "2 changes the first time, 4 the second", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workload_that_promises_something_else_each_time_is_named()
    {
        int runs = 0;
        CrashScenario scenario = Toy.Replacing(GoodCheck) with
        {
            Workload = process => process.Begin($"promise {++runs}"),
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(scenario));
        Assert.Contains("promise 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("promise 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workload_that_throws_is_named_with_its_error()
    {
        CrashScenario scenario = Toy.Replacing(GoodCheck) with
        {
            Workload = process => process.Files.ReadAllText("absent"),
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(scenario));
        Assert.Contains("fails without any crash", error.Message, StringComparison.Ordinal);
        Assert.Contains("/absent", error.Message, StringComparison.Ordinal);
        Assert.IsType<FileNotFoundException>(error.InnerException);
    }

    [Fact]
    public void A_workload_that_goes_on_for_ever_or_stands_still_is_ended()
    {
        CrashScenario endless = Toy.Replacing(GoodCheck) with
        {
            Workload = process =>
            {
                while (process.Files.Exists(Toy.Path))
                {
                }
            },
        };
        ProgramHangsException error = Assert.Throws<ProgramHangsException>(
            () => CrashTest.Explore(endless, Impatient));
        Assert.Contains("500 operations", error.Message, StringComparison.Ordinal);
        using var never = new ManualResetEventSlim();
        CrashScenario still = endless with { Workload = _ => never.Wait() };
        error = Assert.Throws<ProgramHangsException>(() => CrashTest.Explore(still, Impatient));
        Assert.Contains("for 1 s", error.Message, StringComparison.Ordinal);
        never.Set();
    }

    [Fact]
    public void A_check_that_throws_although_nothing_was_lost_is_reported()
    {
        CheckFinding finding = OnlyFindingOf(
            (_, _) => throw new InvalidDataException("version 7 is not known"));
        Assert.Equal(CheckFindingKind.RejectsUndamaged, finding.Kind);
        Assert.Contains(
            "InvalidDataException: version 7 is not known",
            finding.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_loops_over_operations_is_reported()
    {
        CheckFinding finding = OnlyFindingOf((process, _) =>
        {
            while (!process.Files.Exists("never"))
            {
            }
        });
        Assert.Equal(CheckFindingKind.Hangs, finding.Kind);
        Assert.Contains("500 operations", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_stands_still_is_reported()
    {
        using var never = new ManualResetEventSlim();
        CrashScenario scenario = Toy.Replacing((process, promises) =>
        {
            GoodCheck(process, promises);
            never.Wait();
        });
        CrashReport report = CrashTest.Explore(scenario, Impatient with { Budget = 1 });
        Assert.Contains(report.Diagnosis!.Findings, finding =>
            finding is { Kind: CheckFindingKind.Hangs, Details: "it stands still" });
        Assert.IsType<ProgramHangsException>(report.Failures[0].Error);
        never.Set();
    }

    [Fact]
    public void A_check_that_accepts_everything_is_reported_three_times()
    {
        CheckFinding[] findings = FindingsOf(Toy.Replacing((_, _) => { }));
        Assert.Equal(
            [
                CheckFindingKind.AcceptsEmptyDisk,
                CheckFindingKind.AcceptsGarbage,
                CheckFindingKind.AcceptsLostWork,
            ],
            findings.Select(finding => finding.Kind));
        Assert.All(findings, finding => Assert.Contains(
            "2 promises were acknowledged and 1 files", finding.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_that_accepts_an_empty_disk_is_reported()
    {
        CheckFinding finding = OnlyFindingOf((process, promises) =>
        {
            if (process.Files.Exists(Toy.Path))
            {
                GoodCheck(process, promises);
            }
        });
        Assert.Equal(CheckFindingKind.AcceptsEmptyDisk, finding.Kind);
    }

    [Fact]
    public void A_check_that_only_asks_whether_a_file_is_there_accepts_garbage()
    {
        CheckFinding finding = OnlyFindingOf((process, promises) =>
        {
            string found = Toy.Read(process.Files, Toy.Path)!;
            Assert.Equal(2, found.Length);
            Assert.True(found != "v0" || promises.Acknowledged.Count == 0);
        });
        Assert.Equal(CheckFindingKind.AcceptsGarbage, finding.Kind);
    }

    [Fact]
    public void A_check_that_does_not_look_at_the_promises_accepts_lost_work()
    {
        CheckFinding finding = OnlyFindingOf((process, _) =>
            Assert.Matches("^v[012]$", Toy.Read(process.Files, Toy.Path)));
        Assert.Equal(CheckFindingKind.AcceptsLostWork, finding.Kind);
        Assert.Contains("before the workload", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_workload_that_acknowledges_nothing_gives_a_check_nothing_to_fail_for()
    {
        CrashScenario scenario = new()
        {
            Workload = process =>
            {
                process.Begin("a");
                Toy.Write(process.Files, "a", "a");
            },
            Check = (process, _) => Toy.Read(process.Files, "a"),
        };
        CheckFinding finding = Assert.Single(FindingsOf(scenario));
        Assert.Equal(CheckFindingKind.NothingToFailFor, finding.Kind);
        Assert.Contains("of 1 promises 0", finding.ToString(), StringComparison.Ordinal);
        Assert.Empty(FindingsOf(scenario with
        {
            Check = (process, _) =>
                Assert.True(Toy.Read(process.Files, "a") is null or "" or "a"),
        }));
    }

    [Fact]
    public void A_check_that_changes_the_files_another_way_each_time_is_reported()
    {
        int runs = 0;
        CheckFinding finding = OnlyFindingOf((process, promises) =>
        {
            GoodCheck(process, promises);
            Toy.Write(process.Files, "opened", $"{++runs}");
        });
        Assert.Equal(CheckFindingKind.IsNotRepeatable, finding.Kind);
        Assert.Contains("write /opened 0+1", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_fails_every_other_time_is_reported()
    {
        int runs = 0;
        CheckFinding[] findings = FindingsOf(Toy.Replacing((process, promises) =>
        {
            GoodCheck(process, promises);
            Assert.True(++runs != 3, "a bad day");
        }));
        Assert.Contains(findings, finding => finding.Kind == CheckFindingKind.IsNotRepeatable
            && finding.Details.Contains("passed the first time", StringComparison.Ordinal));
    }

    [Fact]
    public void A_good_check_has_no_findings_and_a_bad_one_fails_the_test()
    {
        CrashTest.Explore(Toy.Replacing(GoodCheck)).ThrowIfFailed();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(Toy.Replacing((_, _) => { })).ThrowIfFailed());
        Assert.Contains("The check itself is no good", error.Message, StringComparison.Ordinal);
    }
}
