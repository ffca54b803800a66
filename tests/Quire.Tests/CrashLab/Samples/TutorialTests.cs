using Quire.CrashLab;
using Quire.Samples.AppendLog;
using Quire.Samples.AtomicSave;
using Quire.Tests.Support;
using Xunit;
using LogScenarios = Quire.Samples.AppendLog.Scenarios;
using SaveScenarios = Quire.Samples.AtomicSave.Scenarios;

namespace Quire.Tests.CrashLab.Samples;

/// <summary>What docs/crashlab.md says happens, happens: its claims, and its quotations.</summary>
public sealed class TutorialTests
{
    private const string Document = "docs/crashlab.md";

    /// <summary>What the quotations in the document are quotations of.</summary>
    private static Dictionary<string, Func<string>> Outputs => new()
    {
        ["settings test"] = () => NewcomerFailure().Message,
        ["synced saver"] = () =>
            $"{CrashTest.Explore(TutorialExamples.Saving(SyncedSaver.Save)).Failures[0]}",
        ["safe saver"] = () => $"{CrashTest.Explore(TutorialExamples.Saving(SafeSaver.Save))}",
        ["naive certificate"] = () => $"{Certificate.Of(
            SaveScenarios.Atomic(NaiveSaver.Save), SaveScenarios.Exhaustive)}",
        ["AtomicSave"] = () => SampleProcess.Run("AtomicSave").Output,
        ["naive log"] = () => $"{CrashTest.Explore(LogScenarios.Naive()).Failures[0]}",
        ["AppendLog"] = () => SampleProcess.Run("AppendLog").Output,
        ["failing syncs"] = () => string.Join('\n', TutorialExamples
            .EverySyncFailsInTurn(TutorialExamples.Saving(SafeSaver.Save))
            .Select(turn => $"{turn.Plan}: {turn.Report}")),
        ["rotten log"] = () =>
            $"{TutorialExamples.RottenBitInRecovery(LogScenarios.Safe()).Failures[0].Error.Message}",
        ["audit"] = () => TutorialExamples.Audit(TutorialExamples.Saving(SafeSaver.Save)),
        ["lost increment"] = () =>
            $"{ScheduleExplorer.Explore(TutorialExamples.Counting(isLocked: false)).Failure}",
        ["engine certificate"] = () => $"{Certificate.Of(EngineScenario.Commits(2))}",
        ["bad check"] = () => Assert.Throws<InvalidOperationException>(() => CrashTest.Explore(
            TutorialExamples.Saving(SafeSaver.Save) with { Check = (_, _) => { } })
            .ThrowIfFailed()).Message,
    };

    public static TheoryData<string> OutputNames => [.. Outputs.Keys];

    private static CrashTestException NewcomerFailure() =>
        Assert.Throws<CrashTestException>(new SettingsTests().Settings_are_saved_as_a_whole);

    private static string Normal(string text) => string.Join(
        '\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n');

    [Theory]
    [MemberData(nameof(OutputNames))]
    public void Every_output_in_the_document_is_the_actual_output(string name)
    {
        string actual = Normal(Outputs[name]());
        string text = RepositoryFiles.Read(Document).ReplaceLineEndings("\n");
        string start = $"<!-- output: {name} -->\n```text\n";
        int from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"{Document} does not quote '{name}'");
        from += start.Length;
        int to = text.IndexOf("\n```\n", from - 1, StringComparison.Ordinal);
        Assert.True(to >= from, $"{Document}: the quotation of '{name}' has no line at all");
        if (GoldenFile.MayRewrite())
        {
            File.WriteAllText(RepositoryFiles.PathOf(Document), text[..from] + actual + text[to..]);
            return;
        }

        Assert.Equal(actual, text[from..to]);
    }

    [Fact]
    public void Nothing_is_quoted_that_is_not_checked()
    {
        string[] lines = RepositoryFiles.Read(Document).ReplaceLineEndings("\n").Split('\n');
        string[] names = [.. Outputs.Keys.Select(name => $"<!-- output: {name} -->")];
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.True(
                lines[i] != "```text" || names.Contains(lines[i - 1]),
                $"{Document}:{i + 1}: an output that no test checks");
        }
    }

    [Fact]
    public void Every_line_of_code_in_the_document_is_compiled_and_run()
    {
        string[] sources =
        [
            .. RepositoryFiles.CSharpFiles("samples")
                .Concat(RepositoryFiles.CSharpFiles("tests/Quire.Tests/CrashLab/Samples"))
                .Select(path => File.ReadAllText(path).ReplaceLineEndings("\n")),
        ];
        string[] parts = RepositoryFiles.Read(Document).ReplaceLineEndings("\n").Split("```csharp\n");
        Assert.True(parts.Length > 8);
        foreach (string part in parts.Skip(1))
        {
            string snippet = part[..part.IndexOf("\n```", StringComparison.Ordinal)];
            Assert.True(
                sources.Any(source => Contains(source, snippet)), $"nowhere in the sources:\n{snippet}");
        }
    }

    /// <summary>Whether a source has exactly these lines, all of them further in by the same amount.</summary>
    private static bool Contains(string source, string snippet) =>
        Enumerable.Range(0, 4).Any(level =>
        {
            string margin = new(' ', 4 * level);
            string indented = string.Join('\n', snippet.Split('\n')
                .Select(line => line.Length == 0 ? line : margin + line));
            return ("\n" + source).Contains("\n" + indented + "\n", StringComparison.Ordinal);
        });

    [Fact]
    public void The_document_names_every_model_fault_and_finding()
    {
        string text = RepositoryFiles.Read(Document);
        Assert.All(PersistenceModel.All, model => Assert.Contains(
            $"| `{model.Name}`{(model.IsMeasured ? "" : " (unmeasured)")} | {model.Assumption} |",
            text,
            StringComparison.Ordinal));
        Assert.All(
            Enum.GetNames<FaultKind>().Concat(Enum.GetNames<CheckFindingKind>())
                .Concat(SyncFailures.ByFileSystem.Keys),
            name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("AtomicSave", "naive   passes under 4 of 21 models: ordered, synced-only, btrfs")]
    [InlineData("AtomicSave", "synced  passes under 1 of 21 models: process-kill\n")]
    [InlineData("AtomicSave", "safe    passes under all 21 models")]
    [InlineData("AppendLog", "naive                passes under 1 of 21 models: process-kill\n")]
    [InlineData("AppendLog", "buffered             passes under none of 21 models")]
    [InlineData("AppendLog", "safe                 passes under all 21 models")]
    public void The_samples_run_and_say_what_they_are_about(string name, string line)
    {
        (int exitCode, string output, string errors) = SampleProcess.Run(name);
        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.Contains(line, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_code_runs_on_real_files()
    {
        string directory = Directory.CreateTempSubdirectory("quire-sample-").FullName;
        try
        {
            string settings = Path.Combine(directory, "settings");
            SafeSaver.Save(RealFiles.Instance, settings, "one");
            SafeSaver.Save(RealFiles.Instance, settings, "two");
            Assert.Equal("two", File.ReadAllText(settings));
            Assert.Equal([settings], Directory.GetFiles(directory));
            string log = Path.Combine(directory, "log");
            for (int turn = 0; turn < 2; turn++)
            {
                using var opened = new SafeLog(RealFiles.Instance, log);
                opened.Append($"record {turn}");
            }

            using var again = new SafeLog(RealFiles.Instance, log);
            Assert.Equal(["record 0", "record 1"], again.Records);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_saver_that_is_right_survives_all_that_the_tutorial_does_to_it()
    {
        CrashScenario safe = TutorialExamples.Saving(SafeSaver.Save);
        TutorialExamples.OnATearingExt4(safe).ThrowIfFailed();
        CrashTest.Explore(TutorialExamples.WithMyOwnCheck()).ThrowIfFailed();
        Assert.All(
            TutorialExamples.EverySyncFailsInTurn(safe), turn => Assert.Empty(turn.Report.Failures));
        CrashFailure failure = CrashTest.Explore(TutorialExamples.Saving(NaiveSaver.Save)).Failures[0];
        Assert.Equal(
            $"{failure}", $"{TutorialExamples.Again(TutorialExamples.Saving(NaiveSaver.Save), failure)}");
    }

    [Fact]
    public void Counting_with_a_lock_loses_nothing()
    {
        ScheduleReport report = ScheduleExplorer.Explore(TutorialExamples.Counting(isLocked: true));
        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }
}
