using Quire.CrashLab;
using Quire.Samples.Checkpoints;
using Quire.Tests.Collections;
using Quire.Tests.CrashLab.Samples;
using Xunit;

namespace Quire.Tests.Samples;

/// <summary>The checkpoint store of samples/Checkpoints.</summary>
public sealed class CheckpointStoreTests : IDisposable
{
    private readonly MapFile _file = new();
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new CheckpointStore(_file.File);

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Checkpoints_are_listed_newest_first_and_any_can_be_loaded()
    {
        Save("t", 5);

        Assert.Equal(["5", "4", "3", "2", "1"], Ids("t"));
        Assert.Equal([2], _store.Load("t", "2"));
        Assert.Null(_store.Load("t", "6"));
        Assert.Equal(("5", 5), (_store.Latest("t")!.Value.Id, _store.Latest("t")!.Value.State[0]));
        Assert.Null(_store.Latest("u"));
        IReadOnlyList<IndexEntry> page = _store.List("t", limit: 2);
        Assert.Equal(["3", "2"], _store.List("t", 2, page[^1].Position).Select(e => e.Id));
    }

    [Fact]
    public void A_save_that_is_repeated_does_no_harm_and_another_state_is_refused()
    {
        Save("t", 3);

        Assert.False(_store.Save("t", "1", [1]));
        Assert.Throws<InvalidOperationException>(() => _store.Save("t", "1", [9]));

        Assert.Equal(["3", "2", "1"], Ids("t"));
        Assert.Equal([1], _store.Load("t", "1"));
    }

    [Fact]
    public void A_fork_has_the_past_of_its_checkpoint_and_a_future_of_its_own()
    {
        Save("t", 5);

        Assert.Equal(3, _store.Fork("t", "3", "u"));
        Assert.True(_store.Save("u", "4b", [44]));
        Assert.Throws<InvalidOperationException>(() => _store.Fork("t", "3", "u"));
        Assert.Throws<InvalidOperationException>(() => _store.Fork("t", "9", "v"));

        Assert.Equal(["4b", "3", "2", "1"], Ids("u"));
        Assert.Equal(["5", "4", "3", "2", "1"], Ids("t"));
        Assert.Equal([2], _store.Load("u", "2"));
        Assert.Equal(["t", "u"], _store.Threads().Select(thread => thread.Name));
    }

    [Fact]
    public void Pruning_keeps_the_newest_and_leaves_no_states_behind()
    {
        Save("t", 5);
        Save("u", 1);

        Assert.Equal(3, _store.Prune("t", 2));
        Assert.Equal(0, _store.Prune("t", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _store.Prune("t", -1));

        Assert.Equal(["5", "4"], Ids("t"));
        Assert.Null(_store.Load("t", "3"));
        using ReadTransaction read = _file.File.BeginRead();
        Assert.Equal(3, read.Map("checkpoints/states").Count);
    }

    [Fact]
    public void After_any_crash_there_is_no_entry_without_its_state_and_no_state_without_its_entry()
    {
        CrashReport report = CrashTest.Explore(
            new CrashScenario
            {
                Setup = process => Saves(process, "1", "2"),
                Workload = process =>
                {
                    Saves(process, "3");
                    using PageFile file = Open(process);
                    new CheckpointStore(file).Prune("t", 2);
                },
                Check = Check,
                ChecksTwice = true,
                Continue = process => Saves(process, "4"),
            },
            new CrashOptions { StatesPerPoint = 64, DiagnosesCheck = false });

        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.CheckedStates > 30, report.ToString());
    }

    [Fact]
    public void Two_processes_that_save_lose_nothing_in_any_order_with_a_kill_and_a_power_cut()
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Together(
                (file, id) => new CheckpointStore(file).Save("t", id, new byte[300]),
                file => [.. new CheckpointStore(file).List("t").Select(entry => entry.Id)]),
            new ScheduleOptions { Preemptions = 1, Kills = 1, PowerLosses = 1 });

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    [Fact]
    public void The_same_search_finds_the_entry_that_an_index_in_a_blob_loses()
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Together(
                (file, id) => new NaiveCheckpoints(file).Save("t", id, new byte[300]),
                file => new NaiveCheckpoints(file).LoadIndex("t")),
            new ScheduleOptions { Preemptions = 1 });

        Assert.NotNull(report.Failure);
        Assert.Contains("is lost", report.Failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sample_shows_what_it_is_for()
    {
        (int exitCode, string text, string errors) = SampleProcess.Run("Checkpoints");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("index list, two openings         20\n", text, Exact);
        Assert.Contains("blob and lock, one opening       20\n", text, Exact);
        Assert.Contains("agent, another try   step 4b, step 3, step 2, step 1\n", text, Exact);
        Assert.Contains("agent                step 5, step 4, step 3\n", text, Exact);
        Assert.Contains("fork is step 4b: \"after step 4b\"", text, Exact);
    }

    private const StringComparison Exact = StringComparison.Ordinal;

    /// <summary>Two processes that save one checkpoint each; none may be missing then.</summary>
    private static ConcurrentScenario Together(
        Action<PageFile, string> save, Func<PageFile, string[]> list)
    {
        Action<SimulatedProcess> Saving(string id) => process =>
        {
            using PageFile file = Open(process);
            process.Begin(id);
            save(file, id);
            process.Acknowledge(id);
        };

        return new ConcurrentScenario
        {
            Setup = process => Open(process).Dispose(),
            Processes = [new("one", Saving("a")), new("two", Saving("b"))],
            Check = (process, promises) =>
            {
                using PageFile file = Open(process);
                string[] found = list(file);
                foreach (string id in promises.Acknowledged.Except(found))
                {
                    throw new CheckFailedException(
                        $"{id} is lost from [{string.Join(", ", found)}]");
                }
            },
        };
    }

    private static void Saves(SimulatedProcess process, params string[] ids)
    {
        using PageFile file = Open(process);
        foreach (string id in ids)
        {
            process.Begin(id);
            new CheckpointStore(file).Save("t", id, new byte[300]);
            process.Acknowledge(id);
        }
    }

    private static void Check(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        var store = new CheckpointStore(file);
        string[] ids = [.. store.List("t").Select(entry => entry.Id)];
        using ReadTransaction read = file.BeginRead();
        new IndexLists(file, "checkpoints").In(read).Verify();
        bool isWhole = read.VerifyMaps().IsSound
            && read.Map("checkpoints/states").Count == ids.Length
            && ids.Contains("2")
            && promises.Acknowledged.All(id => ids.Contains(id))
            && ids.All(id => id is "1" or "2" || promises[id] != PromiseState.Never);
        if (!isWhole)
        {
            throw new CheckFailedException($"[{string.Join(", ", ids)}]; {promises}");
        }
    }

    private static PageFile Open(SimulatedProcess process) => PageFile.Open(
        "/disk/flow.quire",
        new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // What is on top of transactions is explored; sealed ones leave too many disks for all.
            Protocol = CommitProtocol.Classic,
            LockTimeout = Timeout.InfiniteTimeSpan,
        });

    private void Save(string thread, int count)
    {
        for (int i = 1; i <= count; i++)
        {
            Assert.True(_store.Save(thread, $"{i}", [(byte)i]));
        }
    }

    private IEnumerable<string> Ids(string thread) =>
        _store.List(thread).Select(entry => entry.Id);
}
