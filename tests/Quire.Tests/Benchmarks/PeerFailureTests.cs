using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>
/// A contender that is missing, breaks or does not do what it says is a row of the report, and the
/// others go on.
/// </summary>
public sealed class PeerFailureTests
{
    private static readonly IWorkload Commits = WorkloadList.All.Single(one => one.Name == "W1");

    [Theory]
    [InlineData(Flaw.None, null)]
    [InlineData(Flaw.LosesACommit, "version of record")]
    [InlineData(Flaw.LosesARecord, "records: 500 expected, 499 found")]
    [InlineData(Flaw.BreaksInTheMiddle, "IOException: no more")]
    [InlineData(Flaw.DoesNotOpen, "IOException: not at all")]
    internal void A_flaw_fails_its_contender_and_no_other(Flaw flaw, string? reason)
    {
        using var folder = new TempFolder();
        using var session = new Session(folder.Path, Scale.Tiny with { Rounds = 2 }, _ => { });
        var sound = new ModelContender("sound", Flaw.None);
        var flawed = new ModelContender("flawed", flaw);

        WorkloadResult result = session.Run(Commits, [flawed, sound]);

        MeasureResult measure = Assert.Single(result.Measures);
        Assert.Equal(2, measure.Of("sound")!.Values.Count);
        Assert.Equal(reason is null, measure.Of("flawed") is not null);
        Assert.Equal(reason is null ? 0 : 1, result.Failures.Count);
        Assert.All(result.Failures, one => Assert.Same(flawed, one.Contender));
        Assert.All(result.Failures, one =>
            Assert.Contains(reason!, one.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Who_is_missing_is_a_failure_and_never_opened()
    {
        using var folder = new TempFolder();
        using var session = new Session(folder.Path, Scale.Tiny, _ => { });
        var missing = new ModelContender("missing", Flaw.DoesNotOpen);
        WorkloadResult result =
            session.Run(Commits, [missing], [new Failure(missing, "no library")]);
        Assert.Equal("no library", Assert.Single(result.Failures).Reason);
        Assert.Empty(result.Measures);
    }

    [Fact]
    public void A_counter_that_gives_a_number_twice_or_leaves_one_out_is_noticed()
    {
        Verification.Counted([2, 1, 3]);
        Verification.Counted([]);
        Assert.Throws<InvalidOperationException>(() => Verification.Counted([1, 2, 2]));
        Assert.Throws<InvalidOperationException>(() => Verification.Counted([1, 2, 4]));
    }

    /// <summary>What is wrong with a contender that is none.</summary>
    internal enum Flaw
    {
        None,
        LosesACommit,
        LosesARecord,
        BreaksInTheMiddle,
        DoesNotOpen,
    }

    /// <summary>Versions in memory.</summary>
    private sealed class ModelContender(string name, Flaw flaw) : IContender
    {
        public string Name => name;

        public ContenderKind Kind => ContenderKind.DurablePeer;

        public Durability Durability => Durability.Kill;

        public string MainFile => "none";

        public string? WhyMissing(string folder) => null;

        public IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes) =>
            flaw == Flaw.DoesNotOpen ? throw new IOException("not at all") : new Store(flaw);
    }

    private sealed class Store(Flaw flaw) : IStore
    {
        private readonly Dictionary<int, long> _versions = [];
        private int _commits;

        public void Load(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _versions[i] = 0;
            }
        }

        public void Commit(ReadOnlySpan<int> records, long version)
        {
            if (flaw == Flaw.BreaksInTheMiddle && ++_commits > 2)
            {
                throw new IOException("no more.");
            }

            if (flaw != Flaw.LosesACommit)
            {
                foreach (int record in records)
                {
                    _versions[record] = version;
                }
            }
        }

        public void CommitStaged(
            IReadOnlyList<int[]> batches, long version, Action<int> staged) =>
            throw new NotSupportedException();

        public void ReadVersions(int first, Span<long> versions)
        {
            for (int i = 0; i < versions.Length; i++)
            {
                versions[i] = _versions.GetValueOrDefault(first + i, -1);
            }
        }

        public long LookUpEach(ReadOnlySpan<int> records) => records.Length;

        public long LookUpTogether(ReadOnlySpan<int> records) => records.Length;

        public int Scan() => _versions.Count - (flaw == Flaw.LosesARecord ? 1 : 0);

        public long Increment() => throw new NotSupportedException();

        public IStore Share() => this;

        public void Dispose()
        {
        }
    }
}
