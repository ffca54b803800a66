using Quire.CrashLab;
using Quire.Pager;

namespace Quire.Cli.Crash;

/// <summary>
/// Transactions of one process that share a record and a sync. A process of the lab is one thread, so
/// what threads do by chance is done by hand: two commits gather, one that stands on them is rolled
/// back, and a third commit is staged while the pages of the two are being applied.
/// </summary>
internal static class Neighbours
{
    /// <summary>One process whose commits come in groups.</summary>
    public static CrashScenario Alone(EngineSettings settings) =>
        SingleWriter.Commits(settings) with
        {
            Workload = process => Commit(process, settings, settings.Pages),
        };

    /// <summary>Several, of different numbers of pages, and readers.</summary>
    public static ConcurrentScenario Race(EngineSettings settings)
    {
        ConcurrentScenario scenario = SharedFile.ReadersAndWriters(settings with { Writers = 0 });
        return scenario with
        {
            Processes =
            [
                .. scenario.Processes,
                .. Enumerable.Range(1, settings.Writers).Select(i => new NamedProgram(
                    $"writer {i}",
                    process => Commit(process, settings, settings.Pages + (i % 2)))),
            ],
        };
    }

    private static void Commit(SimulatedProcess process, EngineSettings settings, int pages)
    {
        var atC5 = new AtC5();
        using PageFile file = EngineProcess.Open(process, settings, observer: atC5);
        for (int i = 0; i < settings.Commits; i++)
        {
            Pending first = Begin(process, file, pages);
            Pending second = Begin(process, file, pages + 1);
            using (WriteTransaction rolledBack = file.BeginWrite())
            {
                Edition.StageNext(rolledBack, pages + 2);
            }

            Pending? third = null;
            atC5.Reached = () => third = Begin(process, file, pages);
            try
            {
                first.End(process);
                second.End(process);
            }
            finally
            {
                // Also when the process was killed: closing the file waits for every commit.
                third?.End(process);
            }
        }
    }

    private static Pending Begin(SimulatedProcess process, PageFile file, int pages)
    {
        WriteTransaction write = file.BeginWrite();
        long next = Edition.StageNext(write, pages);
        process.Begin($"{next}");
        var (shared, number) = write.CommitLater();
        return new Pending(write, shared, number, next);
    }

    private sealed record Pending(
        WriteTransaction Write,
        GroupMember Shared,
        TransactionNumber Number,
        long Edition)
    {
        public void End(SimulatedProcess process)
        {
            Write.Complete(Shared, Number);
            process.Acknowledge($"{Edition}");
        }
    }

    /// <summary>Does something once, in the middle of a commit.</summary>
    private sealed class AtC5 : ProtocolObserver
    {
        public Action? Reached { get; set; }

        public override void OnStep(ProtocolStep reached)
        {
            if (reached == ProtocolStep.C5 && Reached is { } action)
            {
                Reached = null;
                action();
            }
        }
    }
}
