using Quire.Peers.Contenders;
using Quire.Peers.Reports;
using Quire.Peers.Running;
using Quire.Peers.Workloads;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>One tiny round of the comparison with other engines: nothing is timed.</summary>
public sealed class PeerSmokeTests
{
    public static TheoryData<string> Names => [.. ContenderList.All.Select(one => one.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_contender_does_the_workloads_of_one_process(string name)
    {
        using var folder = new TempFolder();
        IContender contender = ContenderList.Find(name);
        string? reason = contender.WhyMissing(folder.Path);
        Skip.If(reason is not null, reason);

        using var session = new Session(folder.Path, Scale.Tiny, _ => { });
        foreach (IWorkload workload in WorkloadList.All)
        {
            if (workload.Name is "W1" or "W2" or "W3a" or "W3b")
            {
                WorkloadResult result = session.Run(workload, [contender]);
                Assert.Empty(result.Failures);
                bool takesPart = workload.HasFloor || contender.Kind != ContenderKind.Floor;
                Assert.Equal(takesPart, result.Measures.Count > 0);
                Assert.All(
                    result.Measures, one => Assert.True(one.Series.Single().Median > 0));
            }
        }
    }

    /// <summary>With its processes: counting, staging, killed, holding, short of memory.</summary>
    [SkippableFact]
    public void Every_workload_runs_to_its_end_and_every_aim_has_its_measure()
    {
        using var folder = new TempFolder();
        IContender contender = ContenderList.Find(AimList.Sealed);
        string? reason = contender.WhyMissing(folder.Path) ?? new FloorContender().WhyMissing("");
        Skip.If(reason is not null, reason);

        using var session = new Session(folder.Path, Scale.Tiny, _ => { });
        List<MeasureResult> results = [];
        foreach (IWorkload workload in WorkloadList.All.Where(one => one.IsIn(Scale.Tiny)))
        {
            WorkloadResult result = session.Run(workload, [contender]);
            Assert.Empty(result.Failures);
            results.AddRange(result.Measures);
        }

        Assert.All(AimList.All, aim =>
            Assert.Single(results, one => aim.IsFor(one.Measure)));
        Assert.All(AimList.All, aim => Assert.All(aim.Against, name => ContenderList.Find(name)));
    }

    [Fact]
    public void A_command_line_that_is_not_understood_is_refused()
    {
        Options lookups = Options.Parse(["--workload", "W3"]);
        Assert.Equal(["W3a", "W3b"], lookups.Workloads.Select(one => one.Name));
        Assert.Equal(2, Options.Parse(["--only", "LMDB"]).Contenders.Count);
        Assert.Equal(WorkloadList.All.Count, Options.Parse(["--quick"]).Workloads.Count);
        Assert.Throws<ArgumentException>(() => Options.Parse(["--rounds", "0"]));
        Assert.Throws<ArgumentException>(() => Options.Parse(["--workload", "W77"]));
        Assert.Throws<ArgumentException>(() => Options.Parse(["--only"]));
    }

    [Fact]
    public void Former_results_are_kept_but_for_what_is_measured_again()
    {
        Assert.Empty(Options.Parse(["--from", "peers.json"]).Workloads);
        Options again = Options.Parse(["--from", "peers.json", "--workload", "growth"]);
        Assert.All(again.Workloads, one => Assert.Equal(GrowthWorkload.Growth, one.Name));
        Assert.True(again.Workloads.Count > 1);
    }
}
