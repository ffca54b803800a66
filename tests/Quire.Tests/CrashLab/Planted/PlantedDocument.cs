using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Quire.Pager;
using Quire.Tests.Support;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// docs/planted-bugs.md, made from the findings. What is wrong with each bug is taken from the
/// comment at its name in the source, so that it is written once.
/// </summary>
internal static partial class PlantedDocument
{
    public const string RelativePath = "docs/planted-bugs.md";

    private const string Head = """
        # Planted bugs

        A test lab that finds nothing proves nothing. So the engine can be told to make mistakes:
        each of those below is a line or two of its code, off unless a test-only option names it
        (`src/Pager/Protocol/PlantedBug.cs`). Every one in the first table is noticed, each in the
        smallest scenario that will do, and every scenario passes exhaustively without a mistake.

        This file is written by

        ```
        QUIRE_REWRITE_TRACES=1 dotnet test tests/Quire.Tests --filter PlantedBug
        ```

        and held against the findings by the same tests, but for the times, which are those of one
        run of a debug build on a busy machine; they include making the counterexample short.

        - *Noticed in*: the scenario; [below](#the-scenarios) is how much of it is explored.
        - *How it shows*: *ProcessFailed*: a process saw something impossible. *CheckFailed*: the
          file is wrong after everybody has ended or was killed. *WrongAfterPowerLoss* and
          *CheckFailedAfterPowerLoss*: the file is wrong when the power is back.
          *RefusedAfterPowerLoss*: the engine finds it half written, and nothing to repair it from.
          *Deadlock*: everybody waits. *Starves*: the others alone go on for 2000 operations.
        - *Steps*: the length of the counterexample: operations of all processes, or, for a single
          program, changes of files before the power fails.
        - *States*: how many states were looked at until it was found.


        """;

    /// <summary>The whole document.</summary>
    public static string Write()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        text.Append("| Bug | Step | What is wrong | Noticed in | How it shows | Steps | States ");
        text.Append("| Seconds |\n|---|---|---|---|---|---|---|---|\n");
        foreach (PlantedCase planted in PlantedCases.All)
        {
            Finding finding = PlantedFindings.Of(planted);
            (string step, string wrong) = DescriptionOf(planted.Bug);
            text.Append(CultureInfo.InvariantCulture, $"| {planted.Bug} | {step} | {wrong} ");
            text.Append(CultureInfo.InvariantCulture, $"| {planted.Scenario.Name} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.Kind} | {finding.Steps} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.States} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.Took.TotalSeconds:F2} |\n");
        }

        WriteHarmless(text);
        WriteScenarios(text);
        WriteCounterexamples(text);
        return text.ToString();
    }

    /// <summary>The document without what differs from run to run.</summary>
    public static string WithoutTimes(string document) =>
        LastColumnIsTime().Replace(document.ReplaceLineEndings("\n"), "|");

    private static void WriteHarmless(StringBuilder text)
    {
        text.Append("\n## Harmless alone\n\n");
        text.Append("Left out one at a time, these are not noticed in any order of the scenario ");
        text.Append("named, because something\nelse protects.\n\n");
        text.Append("| Bug | Step | What is wrong, and why it does not matter | Not noticed in ");
        text.Append("| States | Seconds |\n|---|---|---|---|---|---|\n");
        foreach (PlantedCase planted in PlantedCases.HarmlessAlone)
        {
            Finding finding = PlantedFindings.Of(planted);
            (string step, string wrong) = DescriptionOf(planted.Bug);
            text.Append(CultureInfo.InvariantCulture, $"| {planted.Bug} | {step} | {wrong} ");
            text.Append(CultureInfo.InvariantCulture, $"| {planted.Scenario.Name} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.States} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.Took.TotalSeconds:F2} |\n");
        }
    }

    private static void WriteScenarios(StringBuilder text)
    {
        text.Append("\n## The scenarios\n\n");
        text.Append("Explored is everything within these bounds: K processes killed, P power ");
        text.Append("cuts in a row; the model is\nwhat a power cut may leave. The figures are ");
        text.Append("those without a mistake, when nothing fails.\n\n");
        text.Append("| Scenario | Explored | States | Seconds |\n|---|---|---|---|\n");
        foreach (EngineScenario scenario in PlantedCases.Scenarios)
        {
            Finding finding = PlantedFindings.Without(scenario);
            text.Append(CultureInfo.InvariantCulture, $"| {scenario.Name} | {scenario.Bounds} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.States} ");
            text.Append(CultureInfo.InvariantCulture, $"| {finding.Took.TotalSeconds:F2} |\n");
        }
    }

    private static void WriteCounterexamples(StringBuilder text)
    {
        text.Append("\n## The counterexamples\n\n");
        text.Append("A token repeats its schedule byte for byte: process numbers with repeat ");
        text.Append("counts, `k` before a killed\none, behind a `~` the power cut and what it ");
        text.Append("left.\n");
        foreach (PlantedCase planted in PlantedCases.All)
        {
            string found = PlantedFindings.Of(planted).Text.ReplaceLineEndings("\n");
            text.Append(CultureInfo.InvariantCulture, $"\n### {planted.Bug}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"```\n{found}\n```\n");
        }
    }

    /// <summary>The comment at a bug's name, the steps apart from the rest.</summary>
    private static (string Step, string Wrong) DescriptionOf(PlantedBug bug)
    {
        string source = RepositoryFiles.Read("src/Pager/Protocol/PlantedBug.cs");
        string comment = Regex.Match(
            source,
            $@"<summary>((?:(?!<summary>).)*?)</summary>\s*{bug},",
            RegexOptions.Singleline).Groups[1].Value;
        string plain = CommentMargin().Replace(comment, " ");
        plain = Reference().Replace(plain, "$1").Trim();
        string[] halves = plain.Split(": ", 2);
        return (halves[0], string.Concat(halves[1][..1].ToUpperInvariant(), halves[1].AsSpan(1)));
    }

    [GeneratedRegex(@"<see\s+cref=""(\w+)""/>")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\s*///\s*|\s+")]
    private static partial Regex CommentMargin();

    [GeneratedRegex(@"\| [0-9]+\.[0-9]{2} \|$", RegexOptions.Multiline)]
    private static partial Regex LastColumnIsTime();
}
