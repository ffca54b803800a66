using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections.Lists;

/// <summary>
/// Index lists in the crash lab: an entry whose adding was acknowledged is there, one in doubt may
/// be, any other is not; the three maps fit together after every crash; and two processes that add
/// to one list lose nothing of each other in any order.
/// </summary>
public sealed class IndexListCrashTests
{
    private const string Path = "/disk/lists.quire";
    private const string List = "t";

    [Fact]
    public void After_any_crash_the_lists_are_whole()
    {
        var scenario = new CrashScenario
        {
            Setup = process => Add(process, "first", "second"),
            Workload = process =>
            {
                Add(process, "third");
                Remove(process, "first");
                Move(process, "second");
                Add(process, "fourth", "third");
            },
            Check = (process, promises) => Check(process, promises, "first", "second"),
            ChecksTwice = true,
            Continue = process => Add(process, "after the crash"),
        };
        CrashReport report = CrashTest.Explore(scenario, new CrashOptions
        {
            Crashes = 2,
            DiagnosesCheck = false,
        });

        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.IsExhaustive, report.ToString());
        Assert.True(report.CheckedStates > 100, report.ToString());
    }

    [Fact]
    public void Two_processes_that_add_one_preemption_one_kill_one_power_loss()
    {
        var scenario = new ConcurrentScenario
        {
            Setup = process => Add(process, "first"),
            Processes =
            [
                new("one", process => Add(process, "a", "first")),
                new("two", process => Add(process, "b")),
            ],
            Check = (process, promises) => Check(process, promises, "first"),
        };
        ScheduleReport report = ScheduleExplorer.Explore(scenario, new ScheduleOptions
        {
            Preemptions = 1,
            Kills = 1,
            PowerLosses = 1,
        });

        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
        Assert.InRange(report.CrashStates, 50, long.MaxValue);
    }

    private static void Add(SimulatedProcess process, params string[] ids)
    {
        using PageFile file = Open(process);
        foreach (string id in ids)
        {
            process.Begin($"+{id}");
            new IndexLists(file).Add(List, id);
            process.Acknowledge($"+{id}");
        }
    }

    private static void Remove(SimulatedProcess process, string id)
    {
        using PageFile file = Open(process);
        process.Begin($"-{id}");
        new IndexLists(file).Remove(List, id);
        process.Acknowledge($"-{id}");
    }

    private static void Move(SimulatedProcess process, string id)
    {
        using PageFile file = Open(process);
        process.Begin($"^{id}");
        new IndexLists(file).MoveToFront(List, id);
        process.Acknowledge($"^{id}");
    }

    private static void Check(SimulatedProcess process, Promises promises, params string[] before)
    {
        using PageFile file = Open(process);
        using ReadTransaction read = file.BeginRead();
        MapReport maps = read.VerifyMaps();
        Expect(maps.IsSound, string.Join('\n', maps.Problems));
        IndexListReader lists = new IndexLists(file).In(read);
        Expect(lists.Verify() == 1, "there is one list");
        string[] found = [.. lists.List(List).Select(entry => entry.Id)];
        Expect(found.Distinct().Count() == found.Length, $"[{string.Join(", ", found)}]");
        foreach (string id in before)
        {
            PromiseState removed = promises[$"-{id}"];
            Expect(
                found.Contains(id)
                    ? removed != PromiseState.Acknowledged
                    : removed != PromiseState.Never,
                $"{id} in [{string.Join(", ", found)}]; {promises}");
        }

        foreach (string id in promises.Begun.Where(p => p[0] == '+').Select(p => p[1..]))
        {
            Expect(
                found.Contains(id) || promises[$"+{id}"] != PromiseState.Acknowledged,
                $"{id} is lost from [{string.Join(", ", found)}]; {promises}");
        }

        Expect(
            found.All(id => before.Contains(id) || promises[$"+{id}"] != PromiseState.Never),
            $"[{string.Join(", ", found)}] has what nobody added; {promises}");
        if (promises["^second"] == PromiseState.Acknowledged)
        {
            Expect(
                Array.IndexOf(found, "second") < Array.IndexOf(found, "third"),
                $"second was moved, in [{string.Join(", ", found)}]; {promises}");
        }
    }

    private static void Expect(bool condition, string problem)
    {
        if (!condition)
        {
            throw new CheckFailedException(problem);
        }
    }

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // What is on top of transactions is explored; sealed ones leave too many disks for all.
            Protocol = CommitProtocol.Classic,

            // A simulated wait ends when the lock is free.
            LockTimeout = Timeout.InfiniteTimeSpan,
        });
}
