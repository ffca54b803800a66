using System.Text.RegularExpressions;
using Quire.Journal;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Conventions;

/// <summary>
/// docs/protocol.md, the code and the traces speak of the same steps and decisions.
/// </summary>
public sealed partial class ProtocolConventions
{
    private static readonly string Protocol = RepositoryFiles.Read("docs/protocol.md");

    public static TheoryData<ProtocolStep> Steps => [.. Enum.GetValues<ProtocolStep>()];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Each_step_has_a_row_in_the_protocol(ProtocolStep step) =>
        Assert.Contains(step.ToString(), StepsInTables());

    [Fact]
    public void Each_step_in_the_tables_of_the_protocol_exists() =>
        Assert.All(StepsInTables(), step => Assert.True(Enum.IsDefined(Enum.Parse<ProtocolStep>(step))));

    [Fact]
    public void No_step_has_two_rows_in_the_protocol() =>
        Assert.Equal(StepsInTables().Distinct(), StepsInTables());

    [Theory]
    [MemberData(nameof(Steps))]
    public void Each_step_is_observed_in_the_source(ProtocolStep step)
    {
        string call = $"Observe(ProtocolStep.{step})";
        Assert.Contains(
            RepositoryFiles.CSharpFiles("src"),
            path => File.ReadAllText(path).Contains(call, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Each_step_is_in_a_golden_trace(ProtocolStep step) => Assert.Contains(
        Directory.GetFiles(GoldenFile.Folder, "*.trace"),
        path => File.ReadLines(path).Contains(step.ToString()));

    [Fact]
    public void The_playback_table_is_the_one_of_the_protocol()
    {
        var described = PlaybackRows().ToDictionary(row => VerdictOf(row[0]));
        Assert.Equal(Enum.GetValues<JournalVerdict>().ToHashSet(), [.. described.Keys]);
        foreach (MarkerCondition marker in Enum.GetValues<MarkerCondition>())
        {
            foreach (JournalVerdict journal in Enum.GetValues<JournalVerdict>())
            {
                Assert.Equal(
                    (marker, journal, described[journal][1 + (int)marker]),
                    (marker, journal, PlaybackTable.Decide(marker, journal).ToString()));
            }
        }
    }

    [Fact]
    public void The_columns_of_the_playback_table_are_the_markers()
    {
        string heading = Protocol.Split('\n').Single(line => line.StartsWith("| Journal |"));
        Assert.Equal(
            ["Journal", .. Enum.GetNames<MarkerCondition>().Select(n => $"Marker {n.ToLowerInvariant()}")],
            Cells(heading));
    }

    [Fact]
    public void Every_playback_action_is_used_and_explained()
    {
        IEnumerable<PlaybackAction> used =
            from marker in Enum.GetValues<MarkerCondition>()
            from journal in Enum.GetValues<JournalVerdict>()
            select PlaybackTable.Decide(marker, journal);
        Assert.Equal(Enum.GetValues<PlaybackAction>().ToHashSet(), used.ToHashSet());
        Assert.All(
            Enum.GetNames<PlaybackAction>(), action => Assert.Contains($"**{action}**", Protocol));
    }

    [Fact]
    public void Nothing_is_played_back_from_anything_but_a_whole_sealed_transaction()
    {
        foreach (MarkerCondition marker in Enum.GetValues<MarkerCondition>())
        {
            foreach (JournalVerdict journal in Enum.GetValues<JournalVerdict>())
            {
                PlaybackAction action = PlaybackTable.Decide(marker, journal);
                bool isSealed = journal is JournalVerdict.SealedNamed or JournalVerdict.SealedOther;
                Assert.True(
                    action != PlaybackAction.PlayBack || (isSealed && marker != MarkerCondition.Clear));
                Assert.True(
                    marker == MarkerCondition.Clear || action is PlaybackAction.PlayBack
                        or PlaybackAction.RefuseCorrupt or PlaybackAction.RefuseForeign,
                    $"{marker}, {journal}: {action} would serve a half-written main");
            }
        }
    }

    private static string[] StepsInTables() =>
        [.. StepRow().Matches(Protocol).Select(match => match.Groups[1].Value)];

    private static IEnumerable<string[]> PlaybackRows() => Protocol
        .Split('\n')
        .SkipWhile(line => !line.StartsWith("| Journal |", StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(line => line.StartsWith('|'))
        .Select(Cells);

    private static string[] Cells(string line) =>
        [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];

    private static JournalVerdict VerdictOf(string cell) => cell switch
    {
        "sealed, named by the marker's sector" => JournalVerdict.SealedNamed,
        "sealed, another transaction" => JournalVerdict.SealedOther,
        _ => Enum.Parse<JournalVerdict>(cell.Split(':')[0], ignoreCase: true),
    };

    [GeneratedRegex(@"^\| ([A-Z][0-9]+[ENU]?) \|", RegexOptions.Multiline)]
    private static partial Regex StepRow();
}
