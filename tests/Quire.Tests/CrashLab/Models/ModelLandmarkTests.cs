using System.Numerics;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Models;

/// <summary>
/// For each model a disk that it allows and its neighbours do not, and one that it forbids; how many
/// there are; and models put together from parts.
/// </summary>
public sealed class ModelLandmarkTests
{
    /// <summary>Model; disk; a state that it allows; models that do not; disk; a state it forbids.</summary>
    private static readonly string[][] Landmarks =
    [
        ["process-kill", "appends", "f=aBC", "synced-only", "appends", "f=a"],
        ["ordered", "appends", "f=aB", "process-kill synced-only", "appends", "f=a.C"],
        ["synced-only", "appends", "f=a", "process-kill", "appends", "f=aB"],
        ["file-prefix", "two files", "f=a g=Y", "ordered", "appends", "f=a.C"],
        ["ext4", "appends", "f=a.", "ordered xfs btrfs", "create two", "y=s"],
        ["btrfs", "create two", "y=s", "ext4", "save", "t="],
        ["xfs", "save", "t=", "btrfs ordered", "appends", "f=a."],
        ["ntfs-like", "save", "t=.", "xfs", "create two", "y=s"],
        ["ext3-writeback", "appends", "f=a#", "ntfs-like xfs", "create two", "y=s"],
        ["dir-entry-ordered", "save", "t=", "ordered btrfs", "create two", "y=s"],
        ["dir-entry-independent", "create two", "y=s", "dir-entry-ordered", "rename", "x= y="],
        ["barrier-reorder", "rename and appends", "f=a.C x= y=", "sector-4096", "appends", "f=a."],
        ["sector-4096", "rename and appends", "f=a. x= y=", "barrier-reorder", "appends", "f=a.C"],
        ["data-before-size", "overwrites", "f=aZ", "sector-4096", "appends", "f=a."],
        ["size-before-data", "appends", "f=a.", "data-before-size", "cut", "f=N."],
        ["sector-512", "cut", "f=.b", "size-before-data data-before-size", "appends", "f=a(B.)"],
        ["fill-old", "grow again", "f=ab", "sector-512 fill-stale", "grow again", "f=.."],
        ["fill-garbage", "stale", "f=#Y kept=kk", "sector-512 fill-stale", "stale", "f=sY kept=kk"],
        ["fill-stale", "stale", "f=sY kept=kk", "fill-garbage fill-old", "stale", "f=#Y kept=kk"],
        ["torn", "appends", "f=a(B.)", "sector-512", "appends", "f=#"],
        ["neighbour-damage", "appends", "f=#", "torn fill-garbage", "appends", "f=a(B.)"],
    ];

    [Fact]
    public void Every_model_allows_a_state_that_its_neighbours_forbid()
    {
        foreach (string[] row in Landmarks)
        {
            PersistenceModel model = PersistenceModel.Named(row[0]);
            Assert.Contains(row[2], Disk(row[1]).Crash(model));
            Assert.All(
                PersistenceModel.All.Where(other => other != model && model.Includes(other)),
                milder => Assert.DoesNotContain(row[2], Disk(row[1]).Crash(milder)));
            Assert.All(
                row[3].Split(' '),
                other => Assert.DoesNotContain(
                    row[2], Disk(row[1]).Crash(PersistenceModel.Named(other))));
        }
    }

    [Fact]
    public void Every_model_forbids_a_state_that_another_allows()
    {
        foreach (string[] row in Landmarks)
        {
            Assert.DoesNotContain(row[5], Disk(row[4]).Crash(PersistenceModel.Named(row[0])));
            Assert.Contains(
                PersistenceModel.All, other => Disk(row[4]).Crash(other).Contains(row[5]));
        }
    }

    [Fact]
    public void No_model_is_without_its_landmark() => Assert.Equal(
        PersistenceModel.All.Select(model => model.Name).Order(),
        Landmarks.Select(row => row[0]).Order());

    // By hand. Appends: sectors B and C, there or not, and three lengths. Torn: either half of either
    // sector, or none. Neighbours: damaged or not. Save: create, write, rename.
    [Theory]
    [InlineData("appends", "process-kill", 1)]
    [InlineData("appends", "synced-only", 1)]
    [InlineData("appends", "ordered", 3)]
    [InlineData("appends", "barrier-reorder", 2 * 2)]
    [InlineData("appends", "sector-512", 2 * 2 * 3)]
    [InlineData("appends", "torn", 2 * 2 * 3 * (1 + 4))]
    [InlineData("appends", "neighbour-damage", 2 * 2 * 3 * 2)]
    [InlineData("overwrites", "sector-512", 3 * 2)]
    [InlineData("save", "ordered", 1 + 3)]
    [InlineData("save", "dir-entry-ordered", 2 * 3)]
    [InlineData("save", "dir-entry-independent", 2 * 2 * 2)]
    [InlineData("save", "barrier-reorder", 2 * (2 * 2 * 2))]
    [InlineData("save", "ext4", 2 * 2 * 3)]
    public void States_are_counted_before_they_are_built(string disk, string model, int expected) =>
        Assert.Equal(
            (BigInteger)expected,
            new CrashStates(Disk(disk).State, PersistenceModel.Named(model)).Count);

    [Fact]
    public void Too_many_states_to_build_are_counted_all_the_same()
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", new string('a', 200))
            .Write(0, 0, new string('b', 200));
        BigInteger count = new CrashStates(disk.State, PersistenceModel.Sector512).Count;
        Assert.Equal(BigInteger.Pow(2, 200), count);
    }

    [Fact]
    public void Two_models_compose_to_states_that_neither_allows_alone()
    {
        PersistenceModel torn = PersistenceModel.Torn;
        PersistenceModel damage = PersistenceModel.NeighbourDamage;
        PersistenceModel both = torn with { Name = "torn-damage", MayDamageNeighbours = true };
        PendingDisk disk = Disk("appends");
        string[] alone = [.. disk.Crash(torn), .. disk.Crash(damage)];
        Assert.Contains("f=#(B.)", disk.Crash(both));
        Assert.DoesNotContain("f=#(B.)", alone);
        Assert.Empty(alone.Except(disk.Crash(both)));
    }

    [Fact]
    public void A_file_system_composes_with_a_worse_disk()
    {
        PersistenceModel model = PersistenceModel.Btrfs with
        {
            Name = "btrfs on a disk of 512-byte sectors that tears",
            SectorBytes = 512,
            MayTear = true,
        };
        string[] states = Disk("overwrites").Crash(model);
        Assert.Contains("f=(aX)b", states);
        Assert.Contains("f=aZ", states);
        Assert.DoesNotContain("t=", Disk("save").Crash(model));
    }

    [Fact]
    public void A_changed_model_is_not_taken_for_the_one_whose_name_it_has()
    {
        PersistenceModel milder = PersistenceModel.Torn with { MayTear = false };
        Assert.False(milder.Includes(PersistenceModel.Sector512));
        Assert.True(PersistenceModel.Torn.Includes(PersistenceModel.Sector512));
        Assert.True(milder.Includes(milder));
    }

    [Fact]
    public void What_would_be_without_effect_is_refused_with_its_name()
    {
        ArgumentException torn = Assert.Throws<ArgumentException>(
            () => Disk("appends").Crash(PersistenceModel.Ordered with { MayTear = true }));
        Assert.Contains("'ordered'", torn.Message, StringComparison.Ordinal);
        Assert.Contains("GlobalPrefix", torn.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Disk("appends").Crash(
            PersistenceModel.Ordered with { Entries = EntryPersistence.Lost }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => PersistenceModel.Sector512 with { SectorBytes = 1024 });
        Assert.Contains(
            "process-kill",
            Assert.Throws<ArgumentException>(() => PersistenceModel.Named("ext5")).Message,
            StringComparison.Ordinal);
    }

    private static PendingDisk Disk(string name)
    {
        PendingDisk disk = new();
        switch (name)
        {
            case "appends":
                return disk.WithDurable("f", "a").Write(0, 1, "B").Write(0, 2, "C");
            case "overwrites":
                return disk.WithDurable("f", "ab").Write(0, 0, "X").Write(0, 0, "Y").Write(0, 1, "Z");
            case "two files":
                return disk.WithDurable("f", "a").WithDurable("g", "b").Write(0, 0, "X").Write(1, 0, "Y");
            case "cut":
                return disk.WithDurable("f", "ab").SetLength(0, 0).Write(0, 0, "N");
            case "grow again":
                return disk.WithDurable("f", "ab").SetLength(0, 0).Sync(0).Write(0, 0, "XY");
            case "stale":
                return disk.WithDurable("kept", "kk").WithDurable("gone", "ss")
                    .WithDurable("f", "").Delete("gone").SyncDirectory().Write(2, 0, "XY");
            case "save":
                disk.WithDurable("t", "o");
                return disk.Write(disk.Create("tmp"), 0, "n").Rename("tmp", "t");
            case "rename and appends":
                disk.WithDurable("f", "a").Write(0, 1, "B").Write(0, 2, "C").Create("x");
                return disk.Rename("x", "y");
            case "rename":
                disk.Create("x");
                return disk.Rename("x", "y");
            default:
                disk.Create("x");
                int synced = disk.Create("y");
                return disk.Write(synced, 0, "s").Sync(synced);
        }
    }
}
