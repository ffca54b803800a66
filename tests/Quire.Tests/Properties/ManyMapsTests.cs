using Quire.Fuzz;
using Quire.Pager;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>
/// Files that need more than two pages of the allocation map: 512-byte pages, 3904 a stretch.
/// </summary>
public sealed class ManyMapsTests
{
    private const int PagesPerMap = 3904;

    [Fact]
    public void Pages_are_allocated_across_the_ends_of_stretches_and_reused_from_the_lowest()
    {
        var disk = new MemoryDisk { CapacityBytes = 64L << 20 };
        using PageFile file = Open(disk);
        Assert.Equal((uint)PagesPerMap, new AllocationMap(512).PagesPerMap);
        var pages = new List<PageNumber>();
        using (WriteTransaction write = file.BeginWrite())
        {
            for (int i = 0; i < (2 * PagesPerMap) + 100; i++)
            {
                pages.Add(write.Allocate());
                BitConverter.TryWriteBytes(write.Write(pages[^1]), i);
            }

            write.Commit();
        }

        // The two header pages, then a map page at the beginning of each stretch.
        uint[] engineOwn = [0, 1, 2, 2 + PagesPerMap, 2 + (2 * PagesPerMap)];
        Assert.Equal(
            Enumerable.Range(0, pages.Count + engineOwn.Length)
                .Select(n => (uint)n)
                .Except(engineOwn),
            pages.Select(page => page.Value));
        CheckAll(disk, pages);

        PageNumber[] freed =
        [
            new(3),
            new(1 + PagesPerMap),
            new(3 + PagesPerMap),
            new(1 + (2 * PagesPerMap)),
            pages[^1],
        ];
        using (WriteTransaction write = file.BeginWrite())
        {
            foreach (PageNumber page in freed.Reverse())
            {
                write.Free(page);
            }

            write.Commit();
        }

        CheckAll(disk, pages.Except(freed));
        using (WriteTransaction write = file.BeginWrite())
        {
            uint count = write.PageCount;
            Assert.Equal(freed, freed.Select(_ => write.Allocate()).ToArray());
            Assert.Equal(0u, write.FreePages);
            Assert.Equal(new PageNumber(count), write.Allocate());
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public void A_file_that_ends_at_the_end_of_a_stretch_goes_on_with_a_map_page(int offset)
    {
        var disk = new MemoryDisk();
        using PageFile file = Open(disk);
        var pages = new List<PageNumber>();
        for (int round = 0; round < 2; round++)
        {
            using WriteTransaction write = file.BeginWrite();
            int count = round == 0 ? PagesPerMap - 1 + offset : 3;
            for (int i = 0; i < count; i++)
            {
                BitConverter.TryWriteBytes(write.Write(write.Allocate()), pages.Count);
                pages.Add(new PageNumber(write.PageCount - 1));
            }

            write.Commit();
            CheckAll(disk, pages);
        }

        Assert.DoesNotContain(new PageNumber(2 + PagesPerMap), pages);
    }

    private static PageFile Open(MemoryDisk disk) =>
        PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Host = disk.StartProcess().Host,
            PageSize = 512,
            StagingBytes = 0,
            LockTimeout = TimeSpan.Zero,
        });

    private static void CheckAll(MemoryDisk disk, IEnumerable<PageNumber> pages)
    {
        using PageFile other = Open(disk);
        using ReadTransaction read = other.BeginRead();
        Assert.Empty(read.Verify().Problems);
        Assert.All(pages, page => Assert.Equal(
            page.Value - 3 - ((page.Value - 2) / PagesPerMap),
            BitConverter.ToUInt32(read.Read(page))));
        for (uint number = 0; number < read.PageCount; number += PagesPerMap)
        {
            Assert.False(read.IsInUse(new PageNumber(number + 2)));
        }
    }
}
