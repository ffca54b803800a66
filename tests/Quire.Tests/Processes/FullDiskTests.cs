using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>A real file system without space: nothing is committed, and the file goes on.</summary>
public sealed class FullDiskTests
{
    [SkippableFact]
    public void Staging_on_a_full_disk_commits_nothing_and_goes_on()
    {
        using TmpfsMount disk = TmpfsMount.CreateOrSkip(2 * 1024 * 1024);
        string path = disk.File("a.quire");
        Stamp.Create(path, 10, 1);
        using PageFile file = PageFile.Open(path, new PageFileOptions { StagingBytes = 0 });
        using (WriteTransaction write = file.BeginWrite())
        {
            StorageFullException full = Assert.Throws<StorageFullException>(
                () => Stamp.Grow(write, 2000));
            Assert.Contains("-journal", full.Message);
        }

        AssertHoldsAndGoesOn(file, 1);
    }

    [SkippableFact]
    public void Sealing_on_a_full_disk_commits_nothing_and_goes_on()
    {
        using TmpfsMount disk = TmpfsMount.CreateOrSkip(2 * 1024 * 1024);
        string path = disk.File("a.quire");
        Stamp.Create(path, 10, 1);
        using PageFile file = PageFile.Open(path);
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 2000);
            Assert.Throws<StorageFullException>(() => write.Commit());
        }

        AssertHoldsAndGoesOn(file, 1);
    }

    [SkippableFact]
    public void Extending_main_on_a_full_disk_commits_nothing_and_goes_on()
    {
        using TmpfsMount disk = TmpfsMount.CreateOrSkip(4 * 1024 * 1024);
        string path = disk.File("a.quire");

        // The journal of this transaction is kept, so the next one of its size needs none.
        Stamp.Create(path, 200, 1);
        using PageFile file = PageFile.Open(path);
        long length = new FileInfo(path).Length;
        FillUp(disk.File("filler"));
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 100);
            StorageFullException full = Assert.Throws<StorageFullException>(() => write.Commit());
            Assert.DoesNotContain("-journal", full.Message);
        }

        Assert.Equal(length, new FileInfo(path).Length);
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(1, Stamp.ReadAll(read));
        }

        // What changes no length goes on even now.
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.WriteAll(write, 2);
            write.Commit();
        }

        File.Delete(disk.File("filler"));
        AssertHoldsAndGoesOn(file, 2);
    }

    [SkippableFact]
    public void A_commit_that_met_a_full_disk_can_be_repeated_when_there_is_space()
    {
        using TmpfsMount disk = TmpfsMount.CreateOrSkip(4 * 1024 * 1024);
        string path = disk.File("a.quire");
        Stamp.Create(path, 200, 1);
        using PageFile file = PageFile.Open(path);
        FillUp(disk.File("filler"));
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 50);
            Stamp.WriteAll(write, 2);
            Assert.Throws<StorageFullException>(() => write.Commit());
            File.Delete(disk.File("filler"));
            write.Commit();
        }

        AssertHoldsAndGoesOn(file, 2);
    }

    private static void AssertHoldsAndGoesOn(PageFile file, long number)
    {
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(number, Stamp.ReadAll(read));
            Assert.Empty(read.Verify().Problems);
        }

        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 5);
            Stamp.WriteAll(write, 50);
            write.Commit();
        }

        using PageFile other = PageFile.Open(file.Path);
        using ReadTransaction after = other.BeginRead();
        Assert.Equal(50, Stamp.ReadAll(after));
        Assert.Empty(after.Verify().Problems);
    }

    private static void FillUp(string path)
    {
        using FileStream filler = File.Create(path, bufferSize: 0);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as was wanted.
        }
    }
}
