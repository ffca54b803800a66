using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Models;

/// <summary>Each way to fail: what the program is told, and what is in the files then.</summary>
public sealed class FaultKindTests
{
    private const int Sector = 512;

    private static (LabFileSystem Files, PlannedFaults Faults, SimulatedComputer Computer) Start(
        FaultPlan plan)
    {
        var computer = new SimulatedComputer();
        LabFileSystem files = computer.StartProcess("test").Files;
        files.WriteAllBytes("f", Filled('a', 4));
        var faults = new PlannedFaults(plan);
        computer.Faults = faults;
        return (files, faults, computer);
    }

    private static byte[] Filled(char c, int sectors) =>
        [.. Enumerable.Repeat((byte)c, sectors * Sector)];

    private static string Shape(byte[] bytes) => string.Concat(bytes.Chunk(Sector)
        .Select(sector => sector.Distinct().Count() == 1 ? $"{(char)sector[0]}" : "?"));

    private static byte[] ReadAt(LabFileSystem files, int sector, int bytes = Sector)
    {
        using LabStream stream = files.Open("f", FileMode.Open, FileAccess.Read, bufferBytes: 0);
        stream.Position = sector * Sector;
        byte[] buffer = new byte[bytes];
        int count = stream.Read(buffer);
        return buffer[..count];
    }

    private static void WriteAt(LabFileSystem files, int sector, byte[] bytes)
    {
        using LabStream stream = files.Open("f", FileMode.Open, FileAccess.ReadWrite, 0);
        stream.Position = sector * Sector;
        stream.Write(bytes);
    }

    [Fact]
    public void A_read_fails_once_or_from_then_on()
    {
        (LabFileSystem files, PlannedFaults once, _) = Start(new FaultPlan(FaultKind.ReadError, 2));
        ReadAt(files, 0);
        Assert.Throws<IOException>(() => ReadAt(files, 0));
        ReadAt(files, 0);
        Assert.Equal(1, once.Fired);
        (files, PlannedFaults always, _) =
            Start(new FaultPlan(FaultKind.ReadError, 2) { IsPersistent = true });
        ReadAt(files, 0);
        Assert.Throws<IOException>(() => ReadAt(files, 0));
        Assert.Throws<IOException>(() => ReadAt(files, 3));
        Assert.Equal(2, always.Fired);
    }

    [Fact]
    public void A_latent_read_error_stays_in_its_sector_until_that_is_written()
    {
        (LabFileSystem files, PlannedFaults faults, _) =
            Start(new FaultPlan(FaultKind.LatentReadError));
        Assert.Throws<IOException>(() => ReadAt(files, 1));
        Assert.Throws<IOException>(() => ReadAt(files, 0, 2 * Sector));
        Assert.Equal("a", Shape(ReadAt(files, 2)));
        WriteAt(files, 1, Filled('b', 1));
        Assert.Equal("b", Shape(ReadAt(files, 1)));
        Assert.Equal(1, faults.Fired);
    }

    [Fact]
    public void A_rotten_bit_stays_wrong_until_it_is_written()
    {
        (LabFileSystem files, PlannedFaults faults, _) = Start(new FaultPlan(FaultKind.BitRot));
        Assert.Equal("?", Shape(ReadAt(files, 1)));
        Assert.Equal("a?aa", Shape(ReadAt(files, 0, 4 * Sector)));
        WriteAt(files, 1, Filled('b', 1));
        Assert.Equal("abaa", Shape(files.ReadAllBytes("f")));
        Assert.Equal(1, faults.Fired);
    }

    [Fact]
    public void A_read_past_the_end_has_no_bit_to_rot()
    {
        (LabFileSystem files, PlannedFaults faults, _) = Start(new FaultPlan(FaultKind.BitRot));
        Assert.Empty(ReadAt(files, 9));
        Assert.Equal(0, faults.Fired);
    }

    [Fact]
    public void A_stream_reads_short_without_being_at_its_end()
    {
        (LabFileSystem files, PlannedFaults faults, _) =
            Start(new FaultPlan(FaultKind.ShortRead) { IsPersistent = true });
        Assert.Equal(Sector / 2, ReadAt(files, 0).Length);
        Assert.Equal("aaaa", Shape(files.ReadAllBytes("f")));
        Assert.True(faults.Fired > 1);
        using LabStream atEnd = files.Open("f", FileMode.Open, FileAccess.Read);
        atEnd.Position = 4 * Sector;
        Assert.Equal(0, atEnd.Read(new byte[10]));
    }

    [Fact]
    public void A_write_fails_and_nothing_or_half_of_it_is_there()
    {
        (LabFileSystem files, _, _) = Start(new FaultPlan(FaultKind.WriteError));
        Assert.Throws<IOException>(() => WriteAt(files, 0, Filled('b', 2)));
        Assert.Equal("aaaa", Shape(files.ReadAllBytes("f")));
        (files, _, _) = Start(new FaultPlan(FaultKind.PartialWriteError));
        Assert.Throws<IOException>(() => WriteAt(files, 0, Filled('b', 2)));
        Assert.Equal("baaa", Shape(files.ReadAllBytes("f")));
    }

    [Theory]
    [InlineData(2, "abaa")]
    [InlineData(1, "baaa")]
    [InlineData(0, "abaa")]
    public void A_misdirected_write_succeeds_somewhere_else(int sector, string expected)
    {
        (LabFileSystem files, PlannedFaults faults, SimulatedComputer computer) =
            Start(new FaultPlan(FaultKind.MisdirectedWrite));
        WriteAt(files, sector, Filled('b', 1));
        Assert.Equal(1, faults.Fired);
        Assert.Equal(expected, Shape(computer.Disk.Inodes[0].Cached.ToArray()));
    }

    [Fact]
    public void A_file_that_grows_finds_no_space_and_one_that_does_not_needs_none()
    {
        (LabFileSystem files, PlannedFaults faults, _) =
            Start(new FaultPlan(FaultKind.NoSpace) { IsPersistent = true });
        WriteAt(files, 3, Filled('b', 1));
        Assert.Equal(0, faults.Fired);
        Assert.Throws<StorageFullException>(() => WriteAt(files, 3, Filled('b', 2)));
        using LabStream stream = files.Open("f", FileMode.Open);
        Assert.Throws<StorageFullException>(() => stream.SetLength(9 * Sector));
        stream.SetLength(Sector);
        Assert.Equal(2, faults.Fired);
    }

    [Fact]
    public void A_lying_sync_reports_success_and_syncs_nothing()
    {
        (LabFileSystem files, PlannedFaults faults, SimulatedComputer computer) =
            Start(new FaultPlan(FaultKind.LyingSync, 2));
        using LabStream stream = files.Open("f", FileMode.Open);
        stream.Flush(flushToDisk: true);
        stream.Write(Filled('b', 1));
        stream.Flush(flushToDisk: true);
        Assert.Equal(1, faults.Fired);
        Assert.Equal("aaaa", Shape(computer.Disk.Inodes[0].Durable.ToArray()));
        stream.Flush(flushToDisk: true);
        Assert.Equal("baaa", Shape(computer.Disk.Inodes[0].Durable.ToArray()));
    }

    [Fact]
    public void A_directory_sync_fails_and_the_entry_is_as_uncertain_as_before()
    {
        (LabFileSystem files, _, SimulatedComputer computer) =
            Start(new FaultPlan(FaultKind.DirectorySyncError));
        Assert.Throws<IOException>(() => files.SyncDirectoryOf("f"));
        Assert.Empty(computer.Disk.DurableEntries);
        files.SyncDirectoryOf("f");
        Assert.Single(computer.Disk.DurableEntries);
    }

    [Theory]
    [InlineData("ext4-ordered", true, "f=a|f=a.", "f=aB", "f=a.")]
    [InlineData("xfs", true, "f=a|f=a.", "f=aB", "f=a.")]
    [InlineData("ext4-journal", false, "f=a|f=a.", "f=aB", "f=a.")]
    [InlineData("btrfs", true, "f=a", "f=a", "f=a")]
    public void A_failed_sync_leaves_what_the_file_system_leaves(
        string fileSystem, bool throwsAtOnce, string disks, string seen, string afterNextSync)
    {
        FaultPlan plan = FaultPlan.SyncFailsAsOn(fileSystem);
        PendingDisk disk = new PendingDisk().WithDurable("f", "a").Write(0, 1, "B")
            .FailSync(0, plan.SyncFailure);
        Assert.Equal(disks.Split('|'), disk.Crash(PersistenceModel.Sector512));
        Assert.Equal(seen, disk.Seen());
        Assert.Equal([afterNextSync], disk.Sync(0).Crash(PersistenceModel.Sector512));

        (LabFileSystem files, _, _) = Start(plan);
        using LabStream stream = files.Open("f", FileMode.Open);
        stream.Write(Filled('b', 1));
        stream.Flush();
        Assert.Equal(throwsAtOnce, Throws());
        Assert.Equal(!throwsAtOnce, Throws());
        Assert.False(Throws());

        bool Throws() => Record.Exception(() => stream.Flush(flushToDisk: true)) is IOException;
    }

    [Fact]
    public void A_plan_says_what_is_wrong_with_it()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultPlan(FaultKind.ReadError, 0));
        ArgumentException unknown =
            Assert.Throws<ArgumentException>(() => FaultPlan.SyncFailsAsOn("ntfs"));
        Assert.Contains("ext4-journal", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(
            "SyncError 3 and all later ones (PagesDropped) in recovery",
            (FaultPlan.SyncFailsAsOn("btrfs", 3) with
            {
                IsPersistent = true,
                Phase = FaultPhase.Recovery,
            }).ToString());
    }
}
