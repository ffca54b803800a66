using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// Two processes that check one key and set it, in every order of their operations within the
/// bound, killed and unplugged: one wins, and never two.
/// </summary>
public sealed class StoreRaceTests
{
    private const string Path = "/disk/race.quire";
    private static readonly StoreKey Seat = ["seat"];

    [Fact]
    public void Of_two_that_check_and_set_one_wins_in_every_schedule()
    {
        ScheduleReport report = ScheduleExplorer.Explore(Race(usesChecks: true), new ScheduleOptions
        {
            Preemptions = 1,
            Kills = 1,
            PowerLosses = 0,
        });
        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
        Assert.True(report.States > 1000, $"{report.States} states");
    }

    [Fact]
    public void Of_two_that_check_and_set_one_wins_when_power_fails()
    {
        ScheduleReport report = ScheduleExplorer.Explore(Race(usesChecks: true), new ScheduleOptions
        {
            Preemptions = 1,
            Kills = 1,
            PowerLosses = 1,
            Model = PersistenceModel.Sector512,
            StatesPerPoint = 8,
        });
        report.ThrowIfFailed();
        Assert.True(report.CrashStates > 100, $"{report.CrashStates} crash states");
    }

    [Fact]
    public void Without_the_check_two_win()
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Race(usesChecks: false),
            new ScheduleOptions { Preemptions = 1, Shrinks = false });
        Assert.NotNull(report.Failure);
        Assert.Contains("both", report.Failure.Error.Message, StringComparison.Ordinal);
    }

    private static ConcurrentScenario Race(bool usesChecks) => new()
    {
        Setup = process =>
        {
            using PageFile file = Open(process);
            new KeyValueStore(file).Set(["other"], StoreValue.FromUInt64(0));
        },
        Processes =
        [
            new("first", process => TakeSeat(process, 1, usesChecks)),
            new("second", process => TakeSeat(process, 2, usesChecks)),
        ],
        Check = CheckSeat,
    };

    /// <summary>Looks, in one transaction, and takes, in another: as seed 0's program
    /// did.</summary>
    private static void TakeSeat(SimulatedProcess process, ulong name, bool usesChecks)
    {
        using PageFile file = Open(process);
        var store = new KeyValueStore(file);
        bool isFree = store.Get(Seat) is null;
        AtomicOperation take = store.Atomic().Set(Seat, StoreValue.FromUInt64(name));
        if (usesChecks)
        {
            take.Check(Seat, null);
        }

        process.Begin($"{name}");
        if (isFree && take.Commit().IsCommitted)
        {
            process.Acknowledge($"{name}");
        }

        process.Begin($"{name} ended");
        process.Acknowledge($"{name} ended");
    }

    private static void CheckSeat(SimulatedProcess process, Promises promises)
    {
        using PageFile file = Open(process);
        string? taken = new KeyValueStore(file).Get(Seat)?.Value.AsUInt64().ToString(
            System.Globalization.CultureInfo.InvariantCulture);
        string[] winners = [.. promises.Acknowledged.Where(name => name is "1" or "2")];
        string[] ended = [.. promises.Acknowledged.Except(winners)];
        string? problem = winners.Length > 1 ? "both have won"
            : winners.Length == 1 && taken != winners[0] ? $"{winners[0]} has won, not {taken}"
            : ended.Length > 0 && taken is null ? "the seat is free"
            : ended.Length == 2 && winners.Length == 0 ? "nobody has won"
            : taken is not null && promises[taken] == PromiseState.Never ? $"{taken} never tried"
            : null;
        if (problem is not null)
        {
            throw new InvalidOperationException($"{problem}; {promises}");
        }
    }

    private static PageFile Open(SimulatedProcess process) =>
        PageFile.Open(Path, new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // Sealed transactions leave too many disks for all of them.
            Protocol = CommitProtocol.Classic,
        });
}
