using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>Scenarios of several processes on one file.</summary>
internal static class SharedFile
{
    /// <summary>Each reader reads everything once, each writer commits.</summary>
    public static ConcurrentScenario ReadersAndWriters(EngineSettings settings) => new()
    {
        Setup = process => Edition.Create(process, settings),
        Processes = [.. Readers(settings, Reads(settings)), .. Writers(settings)],
        Check = (process, promises) => Recheck.Run(process, promises, settings),
    };

    /// <summary>The same, beginning with a commit that was cut short after its marker.</summary>
    public static ConcurrentScenario RecoverRace(EngineSettings settings)
    {
        ConcurrentScenario scenario = ReadersAndWriters(settings);
        return scenario with
        {
            Setup = process => SingleWriter.CutShort(process, settings),
            Check = (process, promises) =>
                Recheck.Run(process, promises, settings, initial: 1),
        };
    }

    /// <summary>
    /// Writers that change different numbers of pages: what one leaves in journal and map is not
    /// covered up by what the next one writes.
    /// </summary>
    public static ConcurrentScenario GrowRace(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, Reads(settings)),
                .. Enumerable.Range(1, settings.Writers).Select(i => new NamedProgram(
                    $"writer {i}", Writes(settings, settings.Pages + (i % 2)))),
            ],
        };

    /// <summary>
    /// Readers that keep their cache from a first transaction, which saw one page, to a second,
    /// which sees all (R6).
    /// </summary>
    public static ConcurrentScenario CachedReaders(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, process =>
                {
                    using PageFile file = EngineProcess.Open(process, settings);
                    using (ReadTransaction first = file.BeginRead())
                    {
                        first.Read(first.Root);
                    }

                    ReadEdition(file);
                }),
                .. Writers(settings),
            ],
        };

    /// <summary>
    /// Readers that may not write: they see an edition, or are told that they cannot.
    /// </summary>
    public static ConcurrentScenario ReadOnlyReaders(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, process =>
                {
                    try
                    {
                        using PageFile file = EngineProcess.Open(
                            process, settings, PageFileMode.ReadOnly);
                        ReadEdition(file);
                    }
                    catch (QuireException refused)
                        when (refused.Code == QuireErrorCode.RecoveryNeeded)
                    {
                        process.Step("refused");
                    }
                }),
                .. Writers(settings),
            ],
        };

    /// <summary>
    /// Writers that do not wait for readers: a busy commit is tried once more, then rolled back and
    /// made again with all the time it takes.
    /// </summary>
    public static ConcurrentScenario BusyCommits(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, Reads(settings)),
                .. Some("writer", settings.Writers, process =>
                {
                    using PageFile file = EngineProcess.Open(process, settings);
                    for (int i = 0; i < settings.Commits; i++)
                    {
                        if (!TryCommit(process, file, settings.Pages))
                        {
                            Edition.CommitNext(process, file, settings.Pages);
                        }
                    }
                }),
            ],
        };

    /// <summary>
    /// Writers of all modes but the one that the other scenarios have, one after the other.
    /// </summary>
    public static ConcurrentScenario Modes(EngineSettings settings)
    {
        TransactionMode[] modes =
            [TransactionMode.Optimistic, TransactionMode.Deferred, TransactionMode.Exclusive];
        return ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, Reads(settings)),
                .. Enumerable.Range(0, settings.Writers).Select(i => new NamedProgram(
                    $"writer {i + 1} ({modes[i % modes.Length]})",
                    process =>
                    {
                        using PageFile file = EngineProcess.Open(process, settings);
                        for (int commit = 0; commit < settings.Commits; commit++)
                        {
                            Edition.CommitNext(
                                process, file, settings.Pages, modes[i % modes.Length]);
                        }
                    })),
            ],
        };
    }

    /// <summary>
    /// Readers and writers, and one that empties the log while they are at work.
    /// </summary>
    public static ConcurrentScenario CheckpointRace(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, Reads(settings)),
                .. Writers(settings),
                new NamedProgram("checkpointer", process =>
                {
                    using PageFile file = EngineProcess.Open(process, settings);
                    file.Checkpoint();
                }),
            ],
        };

    /// <summary>
    /// Readers that never end, and are in when the writer, the last process, wants to commit. For
    /// <see cref="ScheduleExplorer.Starves"/>: an exploration of all schedules would not end
    /// either.
    /// </summary>
    public static ConcurrentScenario EndlessReaders(EngineSettings settings) =>
        ReadersAndWriters(settings) with
        {
            Processes =
            [
                .. Readers(settings, process =>
                {
                    using PageFile file = EngineProcess.Open(process, settings);
                    using (file.BeginRead())
                    {
                        StartingLine.Pass(process);
                    }

                    while (true)
                    {
                        ReadEdition(file);
                    }
                }),
                new NamedProgram("writer", process =>
                {
                    IDisposable line = StartingLine.Close(process, settings.Readers);
                    using PageFile file = EngineProcess.Open(
                        process, settings, observer: new StartingLine.OpenAtGate(line));
                    Edition.CommitNext(process, file, settings.Pages);
                }),
            ],
        };

    /// <summary>Processes that run one program.</summary>
    public static IEnumerable<NamedProgram> Some(
        string name, int count, Action<SimulatedProcess> program) =>
        Enumerable.Range(1, count).Select(i => new NamedProgram($"{name} {i}", program)
        {
            // Only a new journal's salt and a new file's id are drawn, and no decision hangs on
            // them.
            IsInterchangeable = true,
        });

    private static Action<SimulatedProcess> Reads(EngineSettings settings) => process =>
    {
        using PageFile file = EngineProcess.Open(process, settings);
        ReadEdition(file);
    };

    private static IEnumerable<NamedProgram> Readers(
        EngineSettings settings, Action<SimulatedProcess> program) =>
        Some("reader", settings.Readers, program);

    private static IEnumerable<NamedProgram> Writers(EngineSettings settings) =>
        Some("writer", settings.Writers, Writes(settings, settings.Pages));

    private static Action<SimulatedProcess> Writes(EngineSettings settings, int pages) => process =>
    {
        using PageFile file = EngineProcess.Open(process, settings);
        for (int i = 0; i < settings.Commits; i++)
        {
            Edition.CommitNext(process, file, pages);
        }
    };

    private static void ReadEdition(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        Edition.Read(read);
    }

    /// <returns>False when the locks were busy twice; nothing was committed then.</returns>
    private static bool TryCommit(SimulatedProcess process, PageFile file, int pages)
    {
        try
        {
            using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
            long next = Edition.StageNext(write, pages);
            process.Begin($"{next}");
            try
            {
                write.Commit();
            }
            catch (BusyException)
            {
                write.Commit();
            }

            process.Acknowledge($"{next}");
            return true;
        }
        catch (BusyException)
        {
            return false;
        }
    }
}
