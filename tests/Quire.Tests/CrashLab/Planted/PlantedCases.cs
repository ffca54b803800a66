using Quire.Pager;
using static Quire.Tests.CrashLab.Planted.EngineScenarios;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>Where a planted bug is noticed.</summary>
/// <param name="Bug">The mistake.</param>
/// <param name="Scenario">The world in which it shows.</param>
/// <param name="Kind">How it shows.</param>
internal sealed record PlantedCase(PlantedBug Bug, EngineScenario Scenario, string Kind);

/// <summary>Every planted bug, with the smallest scenario that notices it.</summary>
internal static class PlantedCases
{
    private const string CheckFailed = nameof(CheckFailed);
    private const string CheckFailedAfterPowerLoss = nameof(CheckFailedAfterPowerLoss);
    private const string Deadlock = nameof(Deadlock);
    private const string ProcessFailed = nameof(ProcessFailed);
    private const string RefusedAfterPowerLoss = nameof(RefusedAfterPowerLoss);
    private const string Starves = nameof(Starves);
    private const string WrongAfterPowerLoss = nameof(WrongAfterPowerLoss);

    /// <summary>The scenarios, in the order in which they are first needed.</summary>
    public static IReadOnlyList<EngineScenario> Scenarios =>
        [.. All.Select(planted => planted.Scenario).Distinct()];

    public static IReadOnlyList<PlantedCase> All { get; } =
    [
        new(PlantedBug.ReaderIgnoresMarker, WriterAndReader, CheckFailed),
        new(PlantedBug.ReaderUnlocksEarly, WriterAndReader, ProcessFailed),
        new(PlantedBug.ReaderKeepsMain, WriterAndTwoReaders, Deadlock),
        new(PlantedBug.ReaderQueuesForJournal, ReaderBehindWriter, Starves),
        new(PlantedBug.ReaderIgnoresGate, OverlappingReaders, Starves),
        new(PlantedBug.WriterIgnoresNext, WriterBehindWriter, Starves),
        new(PlantedBug.CacheNotDropped, WriterAndCachingReader, ProcessFailed),
        new(PlantedBug.WriterTrustsWhatItKnew, TwoLookingWriters, CheckFailed),
        new(PlantedBug.PositionNotReset, TwoTransfers, CheckFailed),
        new(PlantedBug.HeaderNotSealed, CommitWithHeader, WrongAfterPowerLoss),
        new(PlantedBug.StaleHeaderFrame, RepeatedCommit, WrongAfterPowerLoss),
        new(PlantedBug.MarkerBeforeJournalSync, OneCommit, RefusedAfterPowerLoss),
        new(PlantedBug.JournalUnlockedEarly, TwoLookingWriters, ProcessFailed),
        new(PlantedBug.PagesBeforeMarkerSync, OneCommit, WrongAfterPowerLoss),
        new(PlantedBug.MarkerInHeaderImage, CommitWithHeader, WrongAfterPowerLoss),
        new(PlantedBug.MarkerClearedBeforeSync, OneCommit, WrongAfterPowerLoss),
        new(PlantedBug.JournalClearedBeforeSync, OneCommit, RefusedAfterPowerLoss),
        new(PlantedBug.ClearNotConfirmed, TwoWritersPowerLoss, CheckFailedAfterPowerLoss),
        new(PlantedBug.MarkerNotReadAgain, WriterAndTwoReaders, ProcessFailed),
        new(PlantedBug.PlaybackWithoutSync, WriterAndReaderPowerLoss, CheckFailedAfterPowerLoss),
        new(PlantedBug.PlaybackWithoutMarker, FailedMarkerSync, WrongAfterPowerLoss),
        new(PlantedBug.FirstImageWins, RepeatedCommit, WrongAfterPowerLoss),
        new(PlantedBug.PlaybackNotSynced, OneCommitTwoCrashes, WrongAfterPowerLoss),
        new(PlantedBug.PlaybackClearNotSynced, OneCommitTwoCrashes, RefusedAfterPowerLoss),
        new(PlantedBug.JournalBeforeDirectory, TwoWritersWithoutJournal, CheckFailedAfterPowerLoss),
        new(PlantedBug.BlankNotLookedAtAgain, TwoCreators, CheckFailed),
        new(PlantedBug.HeaderBeforePages, Creation, WrongAfterPowerLoss),
        new(PlantedBug.OpenReleasedEarly, SealedScenarios.TwoOpeners, ProcessFailed),
        new(PlantedBug.ReadOnlyComesIn, SealedScenarios.ReadOnlyAfterwards, WrongAfterPowerLoss),
        new(PlantedBug.LogNotSynced, SealedScenarios.TwoWriters, CheckFailedAfterPowerLoss),
        new(PlantedBug.UnappliedNotRewritten, SealedScenarios.FailedSealSync, RefusedAfterPowerLoss),
        new(PlantedBug.FilteredByMain, SealedScenarios.OneCommit, WrongAfterPowerLoss),
        new(
            PlantedBug.AppendedBehindAbandoned,
            SealedScenarios.UnequalWriters,
            CheckFailed),
        new(
            PlantedBug.CheckpointNotSeen,
            SealedScenarios.CheckpointBetweenCommits,
            CheckFailedAfterPowerLoss),
        new(PlantedBug.CycleNotConfirmed, SealedScenarios.TwoCheckpoints, CheckFailedAfterPowerLoss),
        new(
            PlantedBug.EmptyMarkNotSynced,
            SealedScenarios.WriterAfterWriter,
            CheckFailedAfterPowerLoss),
        new(PlantedBug.SealNotTakenBack, SealedScenarios.GivenUp, WrongAfterPowerLoss),
        new(PlantedBug.CheckpointWithoutMain, SealedScenarios.Checkpoints, RefusedAfterPowerLoss),
        new(PlantedBug.OneLogHeader, SealedScenarios.Checkpoints, RefusedAfterPowerLoss),
        new(PlantedBug.SaltNotChanged, SealedScenarios.TwoCheckpoints, CheckFailedAfterPowerLoss),
        new(PlantedBug.CycleNotSynced, SealedScenarios.Checkpoints, RefusedAfterPowerLoss),
        new(PlantedBug.NeighbourNotSeen, GroupScenarios.Neighbours, WrongAfterPowerLoss),
        new(PlantedBug.SealNamesFirst, GroupScenarios.Neighbours, RefusedAfterPowerLoss),
        new(PlantedBug.PatchedAcrossCycles, SealedScenarios.Checkpoints, RefusedAfterPowerLoss),
        new(PlantedBug.PatchedBeforeCommitted, SealedScenarios.GivenUp, RefusedAfterPowerLoss),
        new(PlantedBug.PatchedTwice, SealedScenarios.Repeated, RefusedAfterPowerLoss),
    ];

    /// <summary>
    /// The bugs that something else makes harmless, each with the scenario that is most likely to
    /// notice: the one that does where the other protection is gone too, if there is such a bug.
    /// </summary>
    public static IReadOnlyList<PlantedCase> HarmlessAlone { get; } =
    [
        new(PlantedBug.LogLeftByLast, SealedScenarios.LogLeft, ""),
        new(PlantedBug.MarkerNotReadAtP1, WriterAndTwoReaders, ""),
        new(PlantedBug.MainNotLockedAtP1, WriterAndTwoReaders, ""),
        new(PlantedBug.MainNotReadAtC2, TwoLookingWriters, ""),
        new(PlantedBug.LeftoverNotCleared, TwoTransfers, ""),
        new(PlantedBug.SealNotCompared, TwoWritersPowerLoss, ""),
    ];
}
