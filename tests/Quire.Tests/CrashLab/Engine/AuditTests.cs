using Quire.Cli.Crash;
using Quire.CrashLab;
using Quire.Pager;
using Quire.Tests.Support;
using Xunit;
using static Quire.Tests.CrashLab.Engine.EngineRuns;

namespace Quire.Tests.CrashLab.Engine;

/// <summary>
/// Each sync and each lock is left out in turn, and each rule that is neither by a planted bug: what
/// is noticed, and what is redundant, is what docs/protocol.md says.
/// </summary>
public sealed class AuditTests
{
    private static readonly EngineSettings OneAndTwo = new() { Readers = 1, Writers = 2 };

    [Fact]
    public void Every_sync_and_every_lock_is_missed_except_the_redundant_ones_of_the_table()
    {
        AuditReport audit = BarrierAudit.Run(
            Together("readers-and-writers", OneAndTwo), Bounds(1, 1, 1));

        Assert.True(audit.IsExhaustive);
        Assert.All(audit.Rows, row => Assert.True(row.IsNoticed || row.IsExhaustive));
        string document = File.ReadAllText(RepositoryFiles.PathOf("docs/protocol.md"));
        foreach (AuditRow row in audit.Rows)
        {
            string found = row.IsNoticed ? $"noticed, {row.Steps} operations" : "redundant";
            string file = row.Site.Path.EndsWith("-journal", StringComparison.Ordinal)
                ? "journal"
                : "main";
            string line = $"| {row.Site.Kind} {file} at {row.Site.Step} | {found} |";
            Assert.Contains(line, document, StringComparison.Ordinal);
        }
    }

    /// <summary>P2 is missed after a kill only (rule R-G1), and here nobody is killed.</summary>
    [Fact]
    public void Every_sync_of_a_creation_and_a_commit_is_missed()
    {
        AuditReport audit = BarrierAudit.Run(
            Alone("create", new EngineSettings()),
            new CrashOptions { Model = PersistenceModel.Sector512, Crashes = 2 });

        Assert.True(audit.IsExhaustive);
        Assert.All(
            audit.Rows.Where(
                row => row.Site is { Kind: "sync" or "sync-directory", Step: not "P2" }),
            row => Assert.True(row.IsNoticed, $"{row.Site} is not missed"));
    }

    [Theory]
    [InlineData(PlantedBug.ReaderKeepsMain, "note [1a]", "readers-and-writers", 1)]
    [InlineData(PlantedBug.PositionNotReset, "W6", "grow-race", 0)]
    [InlineData(PlantedBug.CacheNotDropped, "R6", "cache", 1)]
    [InlineData(PlantedBug.PlaybackWithoutSync, "R-G1", "readers-and-writers", 1)]
    [InlineData(PlantedBug.ClearNotConfirmed, "R-G2", "readers-and-writers", 1)]
    internal void A_rule_that_is_no_barrier_is_missed_as_the_table_says(
        PlantedBug bug, string rule, string scenario, int readers)
    {
        EngineSettings settings = OneAndTwo with
        {
            Readers = readers,
            Configure = options => options with { PlantedBug = bug },
        };
        ScheduleFailure? failure = ScheduleExplorer.Explore(
            Together(scenario, settings), Bounds(1, 1, 1)).Failure;

        string row = Assert.Single(
            File.ReadLines(RepositoryFiles.PathOf("docs/protocol.md")),
            line => line.StartsWith($"| {rule}: ", StringComparison.Ordinal));
        Assert.Contains($"| {failure?.Steps} |", row, StringComparison.Ordinal);
        Assert.Equal(
            row.EndsWith("| deadlock |", StringComparison.Ordinal),
            failure?.Kind == FailureKind.Deadlock);
    }
}
