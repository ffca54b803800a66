using Quire.Peers.Contenders;
using Quire.Peers.Reports;
using Quire.Peers.Running;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>From results to aims, peers.json and docs/performance.md.</summary>
public sealed class PeerReportTests
{
    private static readonly Measure Waits =
        new("W5", "worst wait", "ms", IsHigherBetter: false)
        {
            HasCommits = true,
            Along = "processes",
            At = 8,
        };

    [Theory]
    [InlineData(100, 100, 0.9, true, "met")]
    [InlineData(100, 80, 0.9, false, "missed by 11%")]
    [InlineData(100, 89.6, 0.9, true, "met")]
    public void A_ratio_is_met_or_missed_by_so_much(
        double floor, double reached, double wanted, bool isMet, string words)
    {
        var measure = new Measure("W1", "commits", "per s", IsHigherBetter: true);
        MeasureResult result = Result(measure, ("floor", [floor]), (AimList.Sealed, [reached]));
        var aim = new Aim("W1", "commits", AimList.Sealed, "")
        {
            Ratio = wanted,
            Against = ["floor"],
        };

        AimResult judged = aim.Judge(result, aim.Contender)!;

        Assert.Equal((isMet, words), (judged.IsMet, judged.Words));
        Assert.Null(aim.Judge(result, AimList.Classic));
        Assert.Null((aim with { Against = ["LMDB"] }).Judge(result, aim.Contender));
    }

    [Fact]
    public void A_limit_is_held_against_the_worst_round()
    {
        MeasureResult result = Result(Waits, (AimList.Sealed, [10, 20, 62]));
        var aim = new Aim("W5", "worst wait", AimList.Sealed, "") { At = 8, Limit = 50 };
        Assert.True(aim.IsFor(result.Measure));
        Assert.False((aim with { At = 4 }).IsFor(result.Measure));
        Assert.Equal("missed by 12.0 ms", aim.Judge(result, aim.Contender)!.Words);
        Assert.True((aim with { Limit = 62 }).Judge(result, aim.Contender)!.IsMet);
    }

    [Fact]
    public void Results_come_back_from_their_file_as_they_were()
    {
        using var folder = new TempFolder();
        ResultFiles.Write(folder.Path, Run());

        RunResult back = ResultFiles.Read(Path.Combine(folder.Path, ResultFiles.Name));

        Assert.Equal("sparse", back.About["scale"]);
        WorkloadResult workload = Assert.Single(back.Workloads);
        MeasureResult measure = Assert.Single(workload.Measures);
        Assert.Equal(Waits, measure.Measure);
        Assert.Equal([1, 2.5, 0], measure.Of(AimList.Sealed)!.Values);
        Assert.Equal("no | bar", Assert.Single(workload.Failures).Reason);
    }

    [Fact]
    public void A_file_that_has_no_results_is_refused()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, ResultFiles.Name);
        File.WriteAllText(file, "{}");
        Assert.Throws<ArgumentException>(() => ResultFiles.Read(file));
        File.WriteAllText(file, "{\"about\":");
        Assert.Throws<ArgumentException>(() => ResultFiles.Read(file));
    }

    [Fact]
    public void Figures_replace_what_is_between_the_markers_and_nothing_else()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, "performance.md");
        string stale = Path.Combine(folder.Path, "charts", "stale.svg");
        Directory.CreateDirectory(Path.GetDirectoryName(stale)!);
        File.WriteAllText(stale, "");
        File.WriteAllText(
            file,
            $"before\n{PerformanceDocument.Begin}\nstale\n{PerformanceDocument.End}\nafter\n");

        PerformanceDocument.Rewrite(file, Run());
        string once = File.ReadAllText(file);
        PerformanceDocument.Rewrite(file, Run());

        Assert.Equal(once, File.ReadAllText(file));
        Assert.StartsWith("before\n", once, StringComparison.Ordinal);
        Assert.EndsWith("\nafter\n", once, StringComparison.Ordinal);
        Assert.DoesNotContain("\nstale\n", once, StringComparison.Ordinal);
        Assert.Contains("LMDB failed: no | bar", once, StringComparison.Ordinal);
        Assert.Contains("charts/w5-worst-wait.svg", once, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Path, "charts", "w5-worst-wait.svg")));
        Assert.False(File.Exists(stale));
    }

    [Fact]
    public void A_document_without_markers_is_refused_before_anything_is_measured()
    {
        using var folder = new TempFolder();
        string file = Path.Combine(folder.Path, "performance.md");
        Assert.Throws<ArgumentException>(() => PerformanceDocument.Check(file));
        File.WriteAllText(file, $"{PerformanceDocument.End} {PerformanceDocument.Begin}");
        Assert.Throws<ArgumentException>(() => PerformanceDocument.Check(file));
        PerformanceDocument.Check(RepositoryFiles.PathOf("docs/performance.md"));
    }

    [Theory]
    [InlineData(100, 10, false)]
    [InlineData(100, 11, true)]
    public void A_run_on_a_machine_that_was_not_quiet_says_so(int turns, int noisy, bool isSaid)
    {
        var about = new Dictionary<string, string>
        {
            ["turns"] = $"{turns}",
            ["of them kept although a flush was dear"] = $"{noisy}",
        };
        Assert.Equal(isSaid, AboutRun.WarningOf(about) is not null);
        Assert.Null(AboutRun.WarningOf(new Dictionary<string, string>()));
    }

    [Fact]
    public void Every_chart_of_the_document_is_there()
    {
        string document = RepositoryFiles.Read("docs/performance.md");
        string[] named =
        [
            .. document.Split("](charts/").Skip(1).Select(one => one.Split(')')[0]),
        ];
        Assert.All(named, one =>
            Assert.True(File.Exists(RepositoryFiles.PathOf($"docs/charts/{one}")), one));
    }

    private static RunResult Run()
    {
        var workload = new WorkloadResult("W5");
        workload.Measures.Add(
            Result(Waits, (AimList.Classic, [4, 5, 6]), (AimList.Sealed, [1, 2.5, 0])));
        workload.Fail(ContenderList.Find("LMDB"), "no | bar");
        return new RunResult(new Dictionary<string, string> { ["scale"] = "sparse" }, [workload]);
    }

    private static MeasureResult Result(
        Measure measure, params (string Contender, double[] Values)[] series)
    {
        var result = new MeasureResult(measure);
        foreach ((string contender, double[] values) in series)
        {
            Array.ForEach(values, value => result.Add(ContenderList.Find(contender), value));
        }

        return result;
    }
}
