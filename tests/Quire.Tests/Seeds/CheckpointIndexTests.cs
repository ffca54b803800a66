using Quire.Samples.Checkpoints;
using Quire.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.Seeds;

/// <summary>
/// The seed's table: checkpoints that two processes save to one thread at once, in an index of its
/// own records, and beside it in an index that is a blob.
/// </summary>
public sealed class CheckpointIndexTests(ITestOutputHelper output) : IDisposable
{
    private const string Role = "checkpoint-client";
    private const int Saves = 20;

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Twenty_concurrent_saves_of_two_processes_keep_20_of_20_a_hundred_times()
    {
        const int runs = 100;
        const int naiveRuns = 8;
        using var workers = new WorkerGroup(Role, 2, _ => [Path]);
        for (int run = 0; run < runs; run++)
        {
            workers.RunAll(i => $"save t{run} {i * Saves / 2} {Saves / 2}");
        }

        for (int run = 0; run < naiveRuns; run++)
        {
            workers.RunAll(i => $"naive-save two{run} {i * Saves / 2} {Saves / 2}");
            Assert.Equal("done", workers[0].Ask($"naive-save one{run} 0 {Saves}"));
        }

        using PageFile file = PageFile.Open(Path);
        var naive = new NaiveCheckpoints(file);
        var store = new CheckpointStore(file);
        int[] oneProcess = [.. Runs(naiveRuns).Select(run => naive.LoadIndex($"one{run}").Length)];
        int[] twoProcesses =
            [.. Runs(naiveRuns).Select(run => naive.LoadIndex($"two{run}").Length)];
        long[] lists = [.. Runs(runs).Select(run => store.Count($"t{run}"))];
        output.WriteLine($"{Saves} concurrent saves to one thread: entries in the index");
        output.WriteLine($"  blob, one process, {naiveRuns} runs: {string.Join(", ", oneProcess)}");
        output.WriteLine(
            $"  blob, two processes, {naiveRuns} runs: {string.Join(", ", twoProcesses)}");
        output.WriteLine(
            $"  index list, two processes, {runs} runs: {lists.Min()} to {lists.Max()}");
        Assert.All(lists, count => Assert.Equal(Saves, count));
        Assert.All(oneProcess, count => Assert.Equal(Saves, count));
        string[] expected = [.. Enumerable.Range(0, Saves).Select(i => $"checkpoint-{i}")];
        foreach (int run in Runs(runs))
        {
            Assert.Equal(
                expected.Order(), store.List($"t{run}").Select(entry => entry.Id).Order());
            Assert.NotNull(store.Load($"t{run}", "checkpoint-7"));
        }
    }

    [Fact]
    public void A_blob_that_two_processes_have_loaded_loses_the_entry_of_the_first()
    {
        using var workers = new WorkerGroup(Role, 2, _ => [Path]);

        Assert.Equal("0", workers[0].Ask("naive-load t"));
        Assert.Equal("0", workers[1].Ask("naive-load t"));
        Assert.Equal("stored", workers[0].Ask("naive-store t a"));
        Assert.Equal("stored", workers[1].Ask("naive-store t b"));
        Assert.Equal("done", workers[0].Ask("save t 1 1"));
        Assert.Equal("done", workers[1].Ask("save t 2 1"));

        using PageFile file = PageFile.Open(Path);
        Assert.Equal(["b"], new NaiveCheckpoints(file).LoadIndex("t"));
        Assert.Equal(
            ["checkpoint-2", "checkpoint-1"],
            new CheckpointStore(file).List("t").Select(entry => entry.Id));
    }

    private static IEnumerable<int> Runs(int count) => Enumerable.Range(0, count);
}
