using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Models;

/// <summary>Each model on a pending set small enough to list what a crash may leave by hand.</summary>
public sealed class PersistenceModelTests
{
    private const string Any512 = "f=a|f=a.|f=aB|f=a..|f=aB.|f=a.C|f=aBC";

    [Theory]
    [InlineData("process-kill", "f=aBC")]
    [InlineData("ordered", "f=a|f=aB|f=aBC")]
    [InlineData("synced-only", "f=a")]
    [InlineData("file-prefix", "f=a|f=aB|f=aBC")]
    [InlineData("barrier-reorder", "f=a|f=aB|f=a.C|f=aBC")]
    [InlineData("dir-entry-ordered", "f=a|f=aB|f=a.C|f=aBC")]
    [InlineData("dir-entry-independent", "f=a|f=aB|f=a.C|f=aBC")]
    [InlineData("sector-4096", "f=a|f=a.|f=aB|f=a..|f=aB.|f=aBC")]
    [InlineData("sector-512", Any512)]
    [InlineData("size-before-data", Any512)]
    [InlineData("data-before-size", "f=a|f=aB|f=aBC")]
    [InlineData("fill-garbage", "f=a|f=a#|f=aB|f=a##|f=aB#|f=a#C|f=aBC")]
    [InlineData("fill-old", Any512)]
    [InlineData("fill-stale", "f=a|f=a#|f=aB|f=a##|f=aB#|f=a#C|f=aBC")]
    [InlineData("torn", Any512 + "|f=a(B.)|f=a(.B)" +
        "|f=a(B.).|f=a(.B).|f=a(B.)C|f=a(.B)C|f=a.(C.)|f=a.(.C)|f=aB(C.)|f=aB(.C)")]
    [InlineData("neighbour-damage", Any512 + "|f=#|f=#.|f=#B|f=#..|f=#B.|f=#.C|f=#BC")]
    [InlineData("ext4", "f=a|f=a.|f=aB|f=a..|f=aB.|f=aBC")]
    [InlineData("xfs", "f=a|f=aB|f=aBC")]
    [InlineData("btrfs", "f=a|f=aB|f=aBC")]
    [InlineData("ntfs-like", Any512)]
    [InlineData("ext3-writeback", "f=a|f=a#|f=aB|f=a##|f=aB.|f=aBC")]
    public void Two_appends_are_lost_as_the_model_says(string model, string expected)
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "a").Write(0, 1, "B").Write(0, 2, "C");
        AssertCrashes(disk, model, expected);
    }

    [Theory]
    [InlineData("process-kill", "f=YZ")]
    [InlineData("ordered", "f=ab|f=Xb|f=Yb|f=YZ")]
    [InlineData("file-prefix", "f=ab|f=Xb|f=Yb|f=YZ")]
    [InlineData("barrier-reorder", "f=ab|f=Xb|f=Yb|f=aZ|f=XZ|f=YZ")]
    [InlineData("sector-4096", "f=ab|f=Xb|f=Yb|f=YZ")]
    [InlineData("sector-512", "f=ab|f=Xb|f=Yb|f=aZ|f=XZ|f=YZ")]
    [InlineData("data-before-size", "f=ab|f=Xb|f=Yb|f=aZ|f=XZ|f=YZ")]
    [InlineData("ext4", "f=ab|f=Xb|f=Yb|f=YZ")]
    public void A_sector_may_hold_any_version_issued_not_only_the_last(string model, string expected)
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "ab")
            .Write(0, 0, "X").Write(0, 0, "Y").Write(0, 1, "Z");
        AssertCrashes(disk, model, expected);
    }

    [Theory]
    [InlineData("process-kill", "t=n")]
    [InlineData("ordered", "t=o|t=o tmp=|t=o tmp=n|t=n")]
    [InlineData("synced-only", "t=o")]
    [InlineData("ext4", "t=o|t=o tmp=|t=o tmp=.|t=o tmp=n|t=|t=.|t=n")]
    [InlineData("btrfs", "t=o|t=o tmp=|t=o tmp=n|t=n")]
    [InlineData("xfs", "t=o|t=o tmp=|t=o tmp=n|t=|t=n")]
    [InlineData("ntfs-like", "t=o|t=o tmp=|t=o tmp=.|t=o tmp=n|t=|t=.|t=n")]
    [InlineData("ext3-writeback", "t=o|t=o tmp=|t=o tmp=o|t=o tmp=n|t=|t=n")]
    [InlineData("dir-entry-ordered", "t=o|t=o tmp=|t=o tmp=n|t=|t=n")]
    [InlineData("dir-entry-independent", "t=o|t=o tmp=|t=o tmp=n|t=|t=n")]
    [InlineData("barrier-reorder", "t=o|t=o tmp=|t=o tmp=n|t=|t=n|t= tmp=|t=n tmp=n")]
    public void A_rename_over_a_file_is_lost_as_the_model_says(string model, string expected)
    {
        PendingDisk disk = new PendingDisk().WithDurable("t", "o");
        int inode = disk.Create("tmp");
        disk.Write(inode, 0, "n").Rename("tmp", "t");
        AssertCrashes(disk, model, expected);
    }

    [Theory]
    [InlineData("dir-entry-ordered", "|x=|y=")]
    [InlineData("dir-entry-independent", "|x=|y=")]
    [InlineData("barrier-reorder", "|x=|y=|x= y=")]
    public void The_two_halves_of_a_rename_come_apart_only_as_micro_operations(
        string model, string expected)
    {
        var disk = new PendingDisk();
        disk.Create("x");
        disk.Rename("x", "y");
        AssertCrashes(disk, model, expected);
    }

    [Theory]
    [InlineData("dir-entry-ordered", "|x=|x= y=s")]
    [InlineData("dir-entry-independent", "|x=|y=s|x= y=s")]
    [InlineData("ext4", "x= y=s")]
    [InlineData("xfs", "x= y=s")]
    [InlineData("ntfs-like", "x= y=s")]
    [InlineData("btrfs", "y=s|x= y=s")]
    [InlineData("ordered", "x= y=s")]
    [InlineData("synced-only", "")]
    public void The_sync_of_a_file_makes_the_entries_certain_that_the_model_says(
        string model, string expected)
    {
        var disk = new PendingDisk();
        disk.Create("x");
        int synced = disk.Create("y");
        disk.Write(synced, 0, "s").Sync(synced);
        AssertCrashes(disk, model, expected);
    }

    [Fact]
    public void The_sync_of_another_file_brings_the_bytes_of_a_replacing_rename_where_it_promises()
    {
        PersistenceModel promises = PersistenceModel.Xfs with { ReplacingRenameBringsData = true };
        PendingDisk disk = new PendingDisk().WithDurable("t", "o");
        int moved = disk.Create("tmp");
        disk.Write(moved, 0, "n").Rename("tmp", "t").Sync(0);
        Assert.Equal(["t=n"], disk.Crash(promises));
        AssertCrashes(disk, "xfs", "t=|t=n");
        AssertCrashes(disk, "ext4", "t=|t=.|t=n");
    }

    [Fact]
    public void On_ext4_the_blocks_of_a_write_become_part_of_the_file_one_after_the_other()
    {
        string first = new('X', 8);
        string none = new('.', 8);
        PendingDisk disk = new PendingDisk().WithDurable("f", "").Write(0, 0, first + "Y");
        AssertCrashes(
            disk, "ext4", $"f=|f={none}|f={first}|f={none}.|f={none}Y|f={first}.|f={first}Y");
    }

    [Theory]
    [InlineData("fill-old", "f=|f=ab|f=Xb|f=aY|f=XY")]
    [InlineData("sector-512", "f=|f=..|f=X.|f=.Y|f=XY")]
    public void A_file_that_grows_again_may_show_what_it_held_before(string model, string expected)
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "ab")
            .SetLength(0, 0).Sync(0).Write(0, 0, "XY");
        AssertCrashes(disk, model, expected);
    }

    [Fact]
    public void A_file_that_grows_may_show_what_a_deleted_file_held()
    {
        PendingDisk disk = new PendingDisk().WithDurable("kept", "kk").WithDurable("gone", "ss")
            .WithDurable("f", "").Delete("gone").SyncDirectory().Write(2, 0, "XY");
        AssertCrashes(
            disk, "fill-stale", "f= kept=kk|f=ss kept=kk|f=Xs kept=kk|f=sY kept=kk|f=XY kept=kk");
    }

    [Theory]
    [InlineData("file-prefix", "f=ab|f=|f=N")]
    [InlineData("barrier-reorder", "f=ab|f=|f=Nb|f=N")]
    [InlineData("sector-512", "f=|f=N|f=.|f=a|f=ab|f=a.|f=.b|f=..|f=Nb|f=N.")]
    [InlineData("size-before-data", "f=ab|f=|f=a|f=.|f=N")]
    [InlineData("data-before-size", "f=ab|f=|f=N")]
    [InlineData("ext4", "f=ab|f=|f=a|f=.|f=N")]
    public void A_cut_and_a_write_are_lost_as_the_model_says(string model, string expected)
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "ab")
            .SetLength(0, 0).Write(0, 0, "N");
        AssertCrashes(disk, model, expected);
    }

    [Fact]
    public void A_killed_process_may_have_made_whole_blocks_of_the_write_in_flight()
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "");
        Mutation write = disk.WriteOf(0, 0, new string('N', 20));
        Assert.Equal(
            Sorted("f=|f=NNNNNNNN|f=NNNNNNNNNNNNNNNN"),
            disk.Crash(PersistenceModel.ProcessKill, inFlight: write));
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("file-prefix")]
    public void The_last_write_of_a_prefix_may_be_cut_at_blocks(string model)
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "").Write(0, 6, new string('N', 10));
        AssertCrashes(disk, model, "f=|f=......NN|f=......NNNNNNNNNN");
    }

    [Fact]
    public void A_sync_in_order_makes_everything_before_it_certain()
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "a").WithDurable("g", "b");
        disk.Write(0, 0, "X").Write(1, 0, "Y").Sync(1).Write(0, 0, "Z");
        AssertCrashes(disk, "ordered", "f=X g=Y|f=Z g=Y");
        AssertCrashes(disk, "file-prefix", "f=a g=Y|f=X g=Y|f=Z g=Y");
    }

    [Fact]
    public void What_lies_past_the_end_is_gone_when_the_file_grows_again()
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "a").Write(0, 1, "B");
        var states = new CrashStates(disk.State, PersistenceModel.Sector512);
        for (int i = 0; i < states.Count; i++)
        {
            SectorContent content = states.ImageOf(states.ChoicesOf(i)).Contents[0];
            bool isShort = content.Length == 512;
            content.SetLength(1024);
            Assert.True(!isShort || content.ToArray()[512] == 0);
        }
    }

    [Fact]
    public void An_empty_write_changes_nothing()
    {
        PendingDisk disk = new PendingDisk().WithDurable("f", "a").Write(0, 5, "");
        AssertCrashes(disk, "sector-512", "f=a");
    }

    [Fact]
    public void Every_model_has_a_name_an_assumption_and_the_states_of_the_milder_ones()
    {
        Assert.Equal(
            PersistenceModel.All.Count, PersistenceModel.All.Select(m => m.Name).Distinct().Count());
        Assert.All(PersistenceModel.All, model => Assert.NotEmpty(model.Assumption));
        int pairs = 0;
        foreach (PendingDisk disk in Disks())
        {
            foreach (PersistenceModel harsh in PersistenceModel.All)
            {
                foreach (PersistenceModel mild in PersistenceModel.All.Where(harsh.Includes))
                {
                    Assert.Empty(disk.Crash(mild).Except(disk.Crash(harsh)));
                    pairs++;
                }
            }
        }

        Assert.True(pairs > 100);
    }

    private static IEnumerable<PendingDisk> Disks()
    {
        yield return new PendingDisk().WithDurable("f", "a").Write(0, 1, "B").Write(0, 2, "C");
        yield return new PendingDisk().WithDurable("f", "ab")
            .Write(0, 0, "X").Write(0, 0, "Y").Write(0, 1, "Z");
        PendingDisk save = new PendingDisk().WithDurable("t", "o");
        int inode = save.Create("tmp");
        save.Write(inode, 0, "n").Rename("tmp", "t");
        yield return save;
        PendingDisk two = new PendingDisk().WithDurable("t", "o");
        two.Create("x");
        two.Write(two.Create("y"), 0, "s").Sync(0).Write(1, 0, "q");
        yield return two;
    }

    private static void AssertCrashes(PendingDisk disk, string model, string expected) =>
        Assert.Equal(Sorted(expected), disk.Crash(PersistenceModel.Named(model)));

    private static string[] Sorted(string states) =>
        [.. states.Split('|').Order(StringComparer.Ordinal)];
}
