using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>
/// A creation that is cut short anywhere leaves a file that the next opener creates.
/// </summary>
public sealed class CreationTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void A_creation_killed_at_any_change_is_started_over(int pageSize) =>
        KillAtEachChange(pageSize, cutPower: null);

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void A_creation_that_lost_power_at_any_change_is_started_over(int pageSize)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            KillAtEachChange(pageSize, seed);
        }
    }

    private static void KillAtEachChange(int pageSize, int? cutPower)
    {
        bool isKilled = true;
        for (int changes = 0; isKilled; changes++)
        {
            var disk = new MemoryDisk { TracksSyncs = true };
            isKilled = !TryCreate(disk, pageSize, changes);
            if (cutPower is { } seed)
            {
                disk.CutPower(new Random(seed));
            }

            MemoryProcess process = disk.StartProcess();
            using PageFile file = Open(process, pageSize);
            Assert.Equal(pageSize, file.PageSize);
            using (WriteTransaction write = file.BeginWrite())
            {
                write.Root = write.Allocate();
                write.Commit();
            }

            using ReadTransaction read = file.BeginRead();
            Assert.Empty(read.Verify().Problems);
            Assert.Equal(1ul, read.Number.Value);
        }
    }

    private static bool TryCreate(MemoryDisk disk, int pageSize, int changesToLive)
    {
        MemoryProcess process = disk.StartProcess();
        process.ChangesToLive = changesToLive;
        try
        {
            Open(process, pageSize).Dispose();
            return true;
        }
        catch (ProcessKilledException)
        {
            return false;
        }
    }

    private static PageFile Open(MemoryProcess process, int pageSize) =>
        PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Host = process.Host,
            PageSize = pageSize,
            LockTimeout = TimeSpan.Zero,
        });
}
