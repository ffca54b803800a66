using System.Diagnostics;
using System.Globalization;
using Quire.CrashLab;
using Quire.CrashLab.Benchmarks;

// Quire.CrashLab.Benchmarks [--quick] [--only NAME]
// Crash states and schedules per second, by the clock and by the processor time that all threads
// took. Each row is run several times and the best is printed: what else the machine does can only
// make a run slower.
bool isQuick = args.Contains("--quick");
int at = Array.IndexOf(args, "--only");
string only = at >= 0 && at + 1 < args.Length ? args[at + 1] : "";
TimeSpan atLeast = TimeSpan.FromSeconds(isQuick ? 0.8 : 5);
int times = isQuick ? 2 : 5;
long budget = isQuick ? 20_000 : 100_000;

Print("", "per second", "per core", "us of core", "states", "bytes");
foreach (int pageSize in (int[])[512, 4096])
{
    foreach (PersistenceModel model in (PersistenceModel[])
        [PersistenceModel.Sector512, PersistenceModel.BarrierReorder])
    {
        Row(
            $"crash states, {pageSize}, {model.Name}",
            () => Crash(CommitWorkload.Crashes(pageSize), model, 1));
        Row(
            $"  made, not checked, {pageSize}, {model.Name}",
            () => Crash(CommitWorkload.Unchecked(pageSize), model, 1));
        Row(
            $"  two threads, {pageSize}, {model.Name}",
            () => Crash(CommitWorkload.Crashes(pageSize), model, 2));
    }
}

Row("schedules, 1 reader 2 writers, sampled", Sample);
Row("schedules, 1 reader 2 writers, pruned", Explore);
return 0;

long Crash(CrashScenario scenario, PersistenceModel model, int threads)
{
    CrashReport report = CrashTest.Explore(scenario, new CrashOptions
    {
        Model = model,
        Budget = budget,
        DiagnosesCheck = false,
        DegreeOfParallelism = threads,
    });
    report.ThrowIfFailed();
    return report.CheckedStates;
}

long Sample()
{
    ScheduleReport report = ScheduleExplorer.Sample(
        CommitWorkload.Schedules(), new ScheduleOptions { Budget = budget / 40 }, seed: 1);
    report.ThrowIfFailed();
    return report.Runs;
}

long Explore()
{
    ScheduleReport report = ScheduleExplorer.Explore(
        CommitWorkload.Schedules(),
        new ScheduleOptions { Budget = budget / 40, Preemptions = 2 });
    report.ThrowIfFailed();
    return report.Runs;
}

void Row(string name, Func<long> run)
{
    if (!name.Contains(only, StringComparison.Ordinal))
    {
        return;
    }

    // Until the compiler has seen what is hot.
    long warm = Stopwatch.GetTimestamp();
    do
    {
        run();
    }
    while (Stopwatch.GetElapsedTime(warm) < atLeast);
    double best = 0;
    double bestPerCore = 0;
    long count = 0;
    long allocated = 0;
    for (int i = 0; i < times; i++)
    {
        long before = GC.GetTotalAllocatedBytes();
        long start = Stopwatch.GetTimestamp();
        TimeSpan busy = Environment.CpuUsage.TotalTime;
        long done = 0;
        do
        {
            count = run();
            done += count;
        }
        while (Stopwatch.GetElapsedTime(start) < atLeast / times);
        best = Math.Max(best, done / Stopwatch.GetElapsedTime(start).TotalSeconds);
        bestPerCore = Math.Max(
            bestPerCore, done / (Environment.CpuUsage.TotalTime - busy).TotalSeconds);
        allocated = (GC.GetTotalAllocatedBytes() - before) / done;
    }

    Print(
        name,
        $"{best:n0}",
        $"{bestPerCore:n0}",
        $"{1e6 / bestPerCore:n1}",
        $"{count:n0}",
        $"{allocated:n0}");
}

static void Print(
    string name, string rate, string perCore, string each, string count, string allocated) =>
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-42} {rate,11} {perCore,11} {each,11} {count,9} {allocated,9}"));
