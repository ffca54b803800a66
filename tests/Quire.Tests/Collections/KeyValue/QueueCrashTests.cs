using System.Globalization;
using Quire.Collections;
using Quire.CrashLab;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// The queue in the crash lab: whatever a power cut or a kill leaves, a message whose enqueueing was
/// acknowledged is there or done, one that was acknowledged as done never comes again, and one that
/// was begun and not acknowledged is there once or not at all.
/// </summary>
public sealed class QueueCrashTests
{
    private const string Path = "/disk/queue.quire";
    private const int Messages = 4;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Fact]
    public void After_any_crash_no_message_is_lost_and_none_that_is_done_comes_again()
    {
        CrashReport report = CrashTest.Explore(ScenarioWith(Check), new CrashOptions
        {
            Model = PersistenceModel.Sector512,
            StatesPerPoint = 16,
            DiagnosesCheck = false,
        });
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.CheckedStates > 50, report.ToString());
    }

    /// <summary>
    /// The second crash comes in the check of the first, which therefore must not end any message
    /// for good: it would not come to the second check.
    /// </summary>
    [Fact]
    public void After_any_two_crashes_the_same_holds()
    {
        CrashReport report = CrashTest.Explore(ScenarioWith(CheckAndRollBack), new CrashOptions
        {
            StatesPerPoint = 32,
            Crashes = 2,
            Budget = 50_000,
        });
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.True(report.CheckedStates > 200, report.ToString());
    }

    private static CrashScenario ScenarioWith(Action<SimulatedProcess, Promises> check) => new()
    {
        Setup = process =>
        {
            using PageFile file = Open(process);
            StoreOf(file).Set(["begun"], StoreValue.FromUInt64(0));
        },
        Workload = process =>
        {
            using PageFile file = Open(process);
            KeyValueStore store = StoreOf(file);
            for (ulong i = 0; i < Messages; i++)
            {
                process.Begin($"enqueue {i}");
                store.Enqueue(StoreValue.FromUInt64(i), keysIfUndelivered: [["lost", i]]);
                process.Acknowledge($"enqueue {i}");
                if (i % 2 == 1)
                {
                    Handle(process, store, i / 2);
                }
            }
        },
        Check = check,
        ChecksTwice = false,
    };

    /// <summary>As a listener does: takes the first message, and ends it.</summary>
    private static void Handle(SimulatedProcess process, KeyValueStore store, ulong expected)
    {
        QueueLease lease = Take(store, change => store.File.Update(change))
            ?? throw new InvalidOperationException($"message {expected} is not there");
        if (lease.Message.Value.AsUInt64() != expected)
        {
            throw new InvalidOperationException($"{lease.Message.Value} came before {expected}");
        }

        process.Begin($"done {expected}");
        store.File.Update(write => new QueueLedger(write, "kv").Finish(lease));
        process.Acknowledge($"done {expected}");
    }

    private static void Check(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        Check(file, promises, change => file.Update(change));
    }

    private static void CheckAndRollBack(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        using WriteTransaction write = file.BeginWrite();
        Check(file, promises, change => change(write));
    }

    private static void Check(
        PageFile file, Promises promises, Action<Action<WriteTransaction>> perform)
    {
        using (ReadTransaction read = file.BeginRead())
        {
            MapReport report = read.VerifyMaps();
            if (!report.IsSound)
            {
                throw new InvalidOperationException(string.Join('\n', report.Problems));
            }
        }

        var clock = new ManualTime();
        KeyValueStore store = StoreOf(file, clock);
        var delivered = new List<ulong>();

        TakeAll(store, perform, delivered);

        // What the dead process had comes when its lease is over, and that is a failure.
        clock.Advance(Lease);
        if (Take(store, perform) is { } early)
        {
            throw new InvalidOperationException($"{early.Message.Value} came without a backoff");
        }

        clock.Advance(QueueLimits.DefaultBackoff[0]);
        TakeAll(store, perform, delivered);
        for (ulong i = 0; i < Messages; i++)
        {
            string enqueue = string.Create(CultureInfo.InvariantCulture, $"enqueue {i}");
            string done = string.Create(CultureInfo.InvariantCulture, $"done {i}");
            int times = delivered.Count(message => message == i);
            bool mustCome = promises[enqueue] == PromiseState.Acknowledged
                && !promises.Begun.Contains(done);
            bool mayCome = promises.Begun.Contains(enqueue)
                && promises[done] != PromiseState.Acknowledged;
            if (times > (mayCome ? 1 : 0) || times < (mustCome ? 1 : 0))
            {
                throw new InvalidOperationException(
                    $"message {i} came {times} times; may: {mayCome}, must: {mustCome}");
            }
        }
    }

    private static void TakeAll(
        KeyValueStore store, Action<Action<WriteTransaction>> perform, List<ulong> delivered)
    {
        while (Take(store, perform) is { } lease)
        {
            delivered.Add(lease.Message.Value.AsUInt64());
            perform(write => new QueueLedger(write, "kv").Finish(lease));
        }
    }

    private static QueueLease? Take(
        KeyValueStore store, Action<Action<WriteTransaction>> perform)
    {
        QueueLease? lease = null;
        perform(write =>
        {
            long now = store.Options.Now;
            lease = new QueueLedger(write, "kv")
                .TakeDue(store.Options, now, now + (long)Lease.TotalMilliseconds);
        });
        return lease;
    }

    private static KeyValueStore StoreOf(PageFile file, TimeProvider? clock = null) =>
        new(file, new KeyValueStoreOptions { Clock = clock ?? new ManualTime() });

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // What is on top of transactions is explored; sealed ones leave too many disks for all.
            Protocol = CommitProtocol.Classic,
            LockTimeout = TimeSpan.Zero,
        });
}
