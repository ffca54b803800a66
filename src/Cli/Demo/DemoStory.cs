using System.Diagnostics;
using System.Globalization;
using Quire.Locking;

namespace Quire.Cli.Demo;

/// <summary>
/// The story, chapter by chapter: readers, a writer that stages, its death in the middle of its
/// commit, recovery, a second writer, verification. Everything on a real file, by real processes.
/// </summary>
internal sealed class DemoStory : IDisposable
{
    public const string FirstWriter = "writer 1";
    public const string SecondWriter = "writer 2";

    private readonly DemoSettings _settings;
    private readonly IDemoScreen _screen;
    private readonly string _path;
    private readonly DemoHistory _history = new();
    private readonly DemoCast _cast;
    private readonly string[] _readers;

    public DemoStory(
        DemoSettings settings, IDemoScreen screen, string path, CancellationToken interrupted)
    {
        _settings = settings;
        _screen = screen;
        _path = path;
        _cast = new DemoCast(path, _history, screen, interrupted);
        _readers = [.. Enumerable.Range(1, settings.Readers).Select(number => $"reader {number}")];
    }

    /// <summary>Tells all of it.</summary>
    /// <exception cref="CommandException">
    /// Something went otherwise than the protocol promises.
    /// </exception>
    public void Tell()
    {
        DemoSummary? summary = null;
        _screen.Run(() =>
        {
            CreateTheFile();
            StartTheReaders();
            LetAWriterStage();
            LetItCommitAndStop();
            long killed = KillIt();
            (string? by, TimeSpan? took) = AwaitRecovery(killed);
            LetASecondWriterCommit();
            Verify();
            summary = new DemoSummary(
                _settings.FilePath, _settings.KillAt, by, took, _history.TotalReads, 3);
            _screen.Refresh(_history);
        });
        _screen.Summary(summary!, _history);
    }

    public void Dispose() => _cast.Dispose();

    private void CreateTheFile()
    {
        _history.Announce(FirstWriter);
        Array.ForEach(_readers, _history.Announce);
        _history.Announce(SecondWriter);
        DemoBook.Create(_path);
        _screen.Chapter(
            1,
            $"A file of {DemoSettings.Pages} pages, each filled with its edition's number: 1.");
    }

    private void StartTheReaders()
    {
        _screen.Chapter(
            2,
            $"{_readers.Length} readers, each a process. Each read transaction checks that all " +
            "pages agree.");
        foreach (string reader in _readers)
        {
            _cast.StartReader(reader);
        }

        _cast.Until(
            () => _readers.All(reader => _history.Of(reader).Reads > 0), "the readers to read");
        _cast.For(_settings.Prologue);
    }

    private void LetAWriterStage()
    {
        bool stages = _settings.KillAt > ProtocolStep.W7;
        _screen.Chapter(
            3,
            stages
                ? "A writer stages edition 2 (W7), in memory and journal only. Readers go on:"
                : "A writer begins. Readers go on:");
        long[] before = ReadsNow();
        _cast.StartWriter(FirstWriter, 2, _settings.Staging, _settings.KillAt);
        _cast.Until(
            () => IsStopped || HasStep(FirstWriter, ProtocolStep.C1),
            "the writer to stage its pages");
        _screen.Detail(
            $"{Counters(before)} read transactions meanwhile, 0 mixtures");
    }

    private void LetItCommitAndStop()
    {
        bool isHalfway = _settings.KillAt == ProtocolStep.C5;
        _screen.Chapter(
            4,
            isHalfway
                ? "It commits, and stops in the middle of C5: some pages are in main, some are not."
                : $"It goes on, and stops just before {_settings.KillAt} " +
                    $"({StepWords.Of(_settings.KillAt)}).");
        _cast.Until(() => IsStopped, $"the writer to come to {_settings.KillAt}");
        (long[] editions, bool isMarkerSet) = DemoBook.PeekWithoutLocks(_path);
        string marker = isMarkerSet ? "set" : "clear";
        string mixture = editions.Distinct().Count() > 1 ? " a mixture," : "";
        _screen.Detail(
            $"in main now, past all locks: {string.Join(' ', editions)} -{mixture} " +
            $"marker {marker}");
        _cast.For(_settings.Standstill);
    }

    /// <returns>When.</returns>
    private long KillIt()
    {
        ChildProcess writer = _cast.Find(FirstWriter);
        string how = OperatingSystem.IsWindows() ? "TerminateProcess" : "SIGKILL";
        DemoEvent killed = DemoEvent.Now(FirstWriter, DemoEventKind.Killed) with
        {
            Step = _settings.KillAt,
            ProcessId = writer.Id,
            Text = _settings.KillAt == ProtocolStep.C5
                ? $"by {how}, in the middle of C5"
                : $"by {how}, before {_settings.KillAt}",
        };
        writer.Kill();
        _cast.Hear(killed);
        _screen.Chapter(
            5,
            $"The writer is killed ({how} to process {writer.Id}). Its locks go, its work stays.");
        return killed.Ticks;
    }

    private (string? By, TimeSpan? Took) AwaitRecovery(long killedTicks)
    {
        long edition = _settings.Outcome == DemoOutcome.NeverWas ? 1 : 2;
        (string? by, TimeSpan? took) = (null, null);
        if (_settings.Outcome == DemoOutcome.PlayedBack)
        {
            _cast.Until(() => Unlocked(killedTicks) is not null, "a reader to recover");
            (by, took) = Recovery(killedTicks);
            _screen.Chapter(
                6,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Sentence(by)} finds the marker set (R4) and plays the journal back (P1 to " +
                    $"P7): {took?.TotalMilliseconds:0.0} ms."));
        }
        else if (_settings.Outcome == DemoOutcome.NeverWas)
        {
            _screen.Chapter(6, "The marker is clear: edition 2 never was. Nothing to recover.");
        }
        else
        {
            _screen.Chapter(6, "The marker is clear again: edition 2 was complete.");
        }

        _cast.Until(
            () => AllReadersSaw(edition, killedTicks), $"all readers to see edition {edition}");
        _screen.Detail($"all readers see edition {edition}, whole");
        _cast.For(_settings.Interlude);
        return (by, took);
    }

    private void LetASecondWriterCommit()
    {
        _screen.Chapter(7, "A second writer stages edition 3 and commits it, undisturbed.");
        _cast.StartWriter(SecondWriter, 3, _settings.SecondStaging, stopAt: null);
        _cast.Until(
            () => _history.Of(SecondWriter).Phase == ProcessPhase.Done, "the second commit");
        DemoEvent from = _history.Find(0, IsStep(SecondWriter, ProtocolStep.C1))!;
        DemoEvent to = _history.Find(0, IsStep(SecondWriter, ProtocolStep.C10))!;
        TimeSpan took = Stopwatch.GetElapsedTime(from.Ticks, to.Ticks);
        _cast.Until(() => AllReadersSaw(3, to.Ticks), "all readers to see edition 3");
        _screen.Detail(string.Create(
            CultureInfo.InvariantCulture,
            $"C1 to C10 took {took.TotalMilliseconds:0.0} ms, with 4 syncs; " +
            $"all readers see edition 3"));
        _cast.For(_settings.Interlude);
    }

    private void Verify()
    {
        foreach (string reader in _readers)
        {
            _cast.Find(reader).AskToStop();
        }

        _cast.Until(() => _cast.HaveEnded, "the readers to end");
        using PageFile file = PageFile.Open(
            _path, new PageFileOptions { Mode = PageFileMode.ReadOnly });
        using ReadTransaction read = file.BeginRead();
        VerifyReport report = read.Verify();
        long[] editions = DemoBook.PeekWithoutLocks(_path).Editions;
        if (!report.IsSound || editions.Any(edition => edition != 3))
        {
            throw CommandException.No(
                $"the file is not as it should be: editions {string.Join(' ', editions)}; " +
                string.Join("; ", report.Problems.Select(problem => problem.Text)));
        }

        _cast.Hear(DemoEvent.Now("verify", DemoEventKind.Verified) with
        {
            Text = $"verify: {report.PagesChecked} pages sound",
        });
        _screen.Chapter(
            8,
            $"verify: {report.PagesChecked} pages sound. {_history.TotalReads} read transactions " +
            "checked, 0 mixtures.");
    }

    private bool IsStopped => _history.Of(FirstWriter).Phase == ProcessPhase.Stopped;

    private bool AllReadersSaw(long edition, long sinceTicks) => _readers.All(reader =>
        _history.Find(sinceTicks, told => told.Process == reader
            && told.Kind == DemoEventKind.Reads && told.Edition == edition) is not null);

    /// <summary>The first unlocking of main after a P7: the end of a recovery.</summary>
    private DemoEvent? Unlocked(long sinceTicks) =>
        _history.Find(sinceTicks, told => told.Step == ProtocolStep.P7) is not { } last
            ? null
            : _history.Find(last.Ticks, told => told.Process == last.Process
                && told is { Kind: DemoEventKind.Lock, Lock: LockName.Main, Mode: null });

    private (string By, TimeSpan Took) Recovery(long sinceTicks)
    {
        DemoEvent end = Unlocked(sinceTicks)!;
        DemoEvent begin = _history.FindLast(
            end.Ticks, IsStep(end.Process, ProtocolStep.R4)) ?? end;
        return (end.Process, Stopwatch.GetElapsedTime(begin.Ticks, end.Ticks));
    }

    private bool HasStep(string process, ProtocolStep step) =>
        _history.Find(0, IsStep(process, step)) is not null;

    private static Predicate<DemoEvent> IsStep(string process, ProtocolStep step) =>
        told => told.Process == process && told.Kind == DemoEventKind.Step && told.Step == step;

    private long[] ReadsNow() => [.. _readers.Select(reader => _history.Of(reader).Reads)];

    private string Counters(long[] before) =>
        string.Join(" + ", ReadsNow().Select((now, i) => now - before[i]));

    private static string Sentence(string? process) =>
        process is null ? "" : $"{char.ToUpperInvariant(process[0])}{process[1..]}";
}
