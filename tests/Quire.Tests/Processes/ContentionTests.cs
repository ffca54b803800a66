using System.Globalization;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>Many processes at once: nothing is lost, nothing is mixed, nobody starves.</summary>
public sealed class ContentionTests
{
    private const int Pages = 10;

    [Fact]
    public void Eight_processes_lose_no_update_and_readers_never_see_a_mixture()
    {
        const int writers = 8;
        const int times = 200;
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, Pages, 1);
        List<WorkerProcess> counters = [], checkers = [];
        try
        {
            StartAll(checkers, 2, "checker", path, "0");
            StartAll(counters, writers, "counter", path, $"{times}");
            var acknowledged = new List<long>();
            foreach (WorkerProcess counter in counters)
            {
                acknowledged.AddRange(ReadToEnd(counter).Acknowledged);
                Assert.Equal(0, counter.WaitForExit());
            }

            // Every number once: no two writers read the same one.
            Assert.Equal(
                Enumerable.Range(2, writers * times).Select(n => (long)n), acknowledged.Order());
            EndCheckers(checkers);
        }
        finally
        {
            DisposeAll(counters);
            DisposeAll(checkers);
        }

        Assert.Equal(1 + (writers * times), CheckedNumber(path));
    }

    [Fact]
    public void Killing_writers_at_random_loses_nothing_that_was_acknowledged()
    {
        const int writers = 4;
        const int kills = 20;
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, Pages, 1);
        int seed = Environment.TickCount;
        var random = new Random(seed);
        List<WorkerProcess> counters = [], checkers = [];
        var acknowledged = new List<long>();
        var attempted = new List<long>();
        try
        {
            StartAll(checkers, 2, "checker", path, "1");
            StartAll(counters, writers, "counter", path, "1000000");
            for (int i = 0; i < kills; i++)
            {
                // The pause chooses the moment of the kill; nothing is concluded from its length.
                Thread.Sleep(random.Next(20, 100));
                int victim = random.Next(writers);
                KillAndCollect(counters[victim], acknowledged, attempted);
                counters[victim].Dispose();
                counters[victim] = WorkerProcess.Start("counter", path, "1000000");
                Assert.Equal("ready", counters[victim].ReadLine());
            }

            counters.ForEach(counter => KillAndCollect(counter, acknowledged, attempted));
            EndCheckers(checkers);
        }
        finally
        {
            DisposeAll(counters);
            DisposeAll(checkers);
        }

        long final = CheckedNumber(path);
        string summary = $"seed {seed}, {acknowledged.Count} acknowledged, final {final}";
        Assert.True(acknowledged.Count > 0, summary);
        Assert.True(acknowledged.Count == acknowledged.Distinct().Count(), summary);
        Assert.True(final >= acknowledged.Max(), summary);
        Assert.True(final - 1 >= acknowledged.Count, summary);
        Assert.True(final - 1 <= attempted.Count, summary);
        Assert.True(final <= attempted.Max(), summary);
    }

    /// <summary>
    /// One page file shared by reading and writing threads, with a cache that holds almost nothing
    /// and pages that go through the journal, beside a process that writes too.
    /// </summary>
    [Fact]
    public void Threads_of_one_open_file_and_another_process_see_no_mixture_and_lose_nothing()
    {
        const int times = 150;
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, 200, 1);
        using WorkerProcess counter = WorkerProcess.Start("counter", path, $"{times}");
        using PageFile file = PageFile.Open(
            path,
            new PageFileOptions
            {
                CacheBytes = 0,
                StagingBytes = 0,
                LockTimeout = Timeout.InfiniteTimeSpan,
            });
        using var stop = new CancellationTokenSource();
        using var reading = new CountdownEvent(4);
        OtherThread[] readers =
        [
            .. Enumerable.Range(0, 4).Select(_ => OtherThread.Start(
                () => ReadUntil(file, reading, () => stop.IsCancellationRequested, holdFor: 0))),
        ];
        OtherThread[] writers =
        [
            .. Enumerable.Range(0, 2).Select(_ => OtherThread.Start(() => Increment(file, times))),
        ];
        Assert.All(writers, writer => writer.Join());
        Assert.Equal(times, ReadToEnd(counter).Acknowledged.Count);
        stop.Cancel();
        Assert.All(readers, reader => reader.Join());
        Assert.Equal(1 + (3 * times), CheckedNumber(path));
    }

    private static void Increment(PageFile file, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using WriteTransaction write = file.BeginWrite();
            Stamp.WriteAll(write, Stamp.ReadAll(write) + 1);
            write.Commit();
        }
    }

    /// <summary>R-G8, between processes.</summary>
    [Fact]
    public void Eight_reading_processes_do_not_starve_a_writer()
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, Pages, 1);
        var checkers = new List<WorkerProcess>();
        try
        {
            StartAll(checkers, 8, "checker", path, "5");
            using PageFile file = PageFile.Open(path);
            CommitOften(file);
            EndCheckers(checkers);
        }
        finally
        {
            DisposeAll(checkers);
        }
    }

    /// <summary>
    /// R-G8, within one process: the same open file, or one of their own for the readers.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Eight_reading_threads_do_not_starve_a_writer(bool shareThePageFile)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Stamp.Create(path, Pages, 1);
        using PageFile file = PageFile.Open(path);
        using PageFile other = PageFile.Open(path);
        PageFile read = shareThePageFile ? file : other;
        using var stop = new CancellationTokenSource();
        using var reading = new CountdownEvent(8);
        OtherThread[] readers =
        [
            .. Enumerable.Range(0, 8).Select(_ => OtherThread.Start(
                () => ReadUntil(read, reading, () => stop.IsCancellationRequested))),
        ];
        Assert.True(reading.Wait(Eventually.Limit));
        CommitOften(file);
        Assert.All(readers, reader => Assert.True(reader.IsRunning, "a reader stopped early"));
        stop.Cancel();
        Assert.All(readers, reader => reader.Join());
    }

    private static void ReadUntil(
        PageFile file, CountdownEvent reading, Func<bool> mustStop, int holdFor = 5)
    {
        long before = 0;
        bool isFirst = true;
        while (!mustStop())
        {
            using ReadTransaction read = file.BeginRead();
            long number = Stamp.ReadAll(read);
            Assert.True(number >= before);
            before = number;
            if (isFirst)
            {
                isFirst = false;
                reading.Signal();
            }

            Thread.Sleep(holdFor);
        }
    }

    /// <summary>
    /// Twenty commits, each within the lock timeout, or BusyException fails the test.
    /// </summary>
    private static void CommitOften(PageFile file)
    {
        for (int i = 2; i <= 21; i++)
        {
            using WriteTransaction write = file.BeginWrite(TimeSpan.FromSeconds(30));
            Stamp.WriteAll(write, i);
            write.Commit();
        }
    }

    private static long CheckedNumber(string path)
    {
        using PageFile file = PageFile.Open(path);
        file.Recover();
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
        return Stamp.ReadAll(read);
    }

    private static void StartAll(
        List<WorkerProcess> workers, int count, string role, params string[] arguments)
    {
        for (int i = 0; i < count; i++)
        {
            workers.Add(WorkerProcess.Start(role, arguments));
        }

        workers.ForEach(worker => Assert.Equal("ready", worker.ReadLine()));
    }

    private static void EndCheckers(List<WorkerProcess> checkers)
    {
        foreach (WorkerProcess checker in checkers)
        {
            checker.EndInput();
            Assert.StartsWith("ok ", checker.ReadLine());
            Assert.Equal(0, checker.WaitForExit());
        }
    }

    private static void KillAndCollect(
        WorkerProcess counter, List<long> acknowledged, List<long> attempted)
    {
        counter.Kill();
        (List<long> acks, List<long> tries) = ReadToEnd(counter);
        acknowledged.AddRange(acks);
        attempted.AddRange(tries);
    }

    private static (List<long> Acknowledged, List<long> Attempted) ReadToEnd(WorkerProcess counter)
    {
        List<long> acknowledged = [], attempted = [];
        while (counter.TryReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words.Length == 2 && words[0] is "ack" or "try")
            {
                (words[0] == "ack" ? acknowledged : attempted)
                    .Add(long.Parse(words[1], CultureInfo.InvariantCulture));
            }
        }

        return (acknowledged, attempted);
    }

    private static void DisposeAll(List<WorkerProcess> workers) =>
        workers.ForEach(worker => worker.Dispose());
}
