using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>One tiny round of commits and lookups by each contender: nothing is timed.</summary>
public sealed class PeerSmokeTests
{
    public static TheoryData<string> Names => [.. ContenderList.All.Select(one => one.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_contender_commits_and_finds_its_records(string name)
    {
        using var folder = new TempFolder();
        IContender contender = ContenderList.Find(name);
        string? reason = contender.WhyMissing(folder.Path);
        Skip.If(reason is not null, reason);

        using var session = new Session(folder.Path, Scale.Tiny, _ => { });
        foreach (IWorkload workload in WorkloadList.All)
        {
            if (workload.Name is "W1" or "W3a" or "W3b")
            {
                IReadOnlyList<MeasureResult> results = session.Run(workload, [contender]);
                bool takesPart = workload.HasFloor || contender.Kind != ContenderKind.Floor;
                Assert.Equal(takesPart ? 1 : 0, results.Count);
                Assert.All(results, one => Assert.True(one.Series.Single().Median > 0));
            }
        }
    }

    [Fact]
    public void A_command_line_that_is_not_understood_is_refused()
    {
        Options lookups = Options.Parse(["--workload", "W3"]);
        Assert.Equal(["W3a", "W3b"], lookups.Workloads.Select(one => one.Name));
        Assert.Equal(2, Options.Parse(["--only", "LMDB"]).Contenders.Count);
        Assert.Throws<ArgumentException>(() => Options.Parse(["--rounds", "0"]));
        Assert.Throws<ArgumentException>(() => Options.Parse(["--workload", "W77"]));
        Assert.Throws<ArgumentException>(() => Options.Parse(["--only"]));
    }
}
