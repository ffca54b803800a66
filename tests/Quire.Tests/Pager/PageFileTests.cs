using System.Text;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Pager;

public sealed class PageFileTests
{
    [Fact]
    public void What_is_committed_is_read_back_by_another_opener()
    {
        using var folder = new TempFolder();
        PageNumber page;
        using (PageFile file = PageFile.Open(folder.File("a.quire")))
        {
            using WriteTransaction write = file.BeginWrite();
            page = write.Allocate();
            "hello"u8.CopyTo(write.Write(page));
            write.Root = page;
            write.Commit();
        }

        using PageFile again = PageFile.Open(folder.File("a.quire"));
        using ReadTransaction read = again.BeginRead();
        Assert.Equal(page, read.Root);
        Assert.Equal("hello", Encoding.UTF8.GetString(read.Read(page)[..5]));
        Assert.Equal(new TransactionNumber(1), read.Number);
        Assert.True(read.Verify().IsSound);
    }

    [Fact]
    public void What_is_not_committed_is_gone()
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(folder.File("a.quire"));
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Root = write.Allocate();
        }

        using ReadTransaction read = file.BeginRead();
        Assert.True(read.Root.IsNone);
        Assert.Equal(new TransactionNumber(0), read.Number);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void Pages_of_every_size_are_allocated_freed_and_reused(int pageSize)
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(
            folder.File("a.quire"), new PageFileOptions { PageSize = pageSize });
        var pages = new List<PageNumber>();
        using (WriteTransaction write = file.BeginWrite())
        {
            for (int i = 0; i < 5000; i++)
            {
                pages.Add(write.Allocate());
                write.Write(pages[^1])[0] = (byte)i;
            }

            write.Commit();
        }

        uint count;
        using (WriteTransaction write = file.BeginWrite())
        {
            count = write.PageCount;
            foreach (PageNumber page in pages.Where((_, i) => i % 3 == 0))
            {
                write.Free(page);
            }

            write.Commit();
        }

        using (WriteTransaction write = file.BeginWrite())
        {
            Assert.Throws<InvalidOperationException>(() => write.Free(pages[0]));
            for (int i = 0; i < 5000; i += 3)
            {
                PageNumber page = write.Allocate();
                Assert.Equal(0, write.Read(page)[0]);
            }

            Assert.Equal(count, write.PageCount);
            Assert.Equal(0u, write.FreePages);
            write.Commit();
        }

        using ReadTransaction read = file.BeginRead();
        VerifyReport report = read.Verify();
        Assert.Empty(report.Problems);
        Assert.Equal((byte)(4 & 0xFF), read.Read(pages[4])[0]);
    }

    [Fact]
    public void A_transaction_larger_than_its_memory_goes_through_the_journal()
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(
            folder.File("a.quire"), new PageFileOptions { StagingBytes = 0, PageSize = 1024 });
        var pages = new List<PageNumber>();
        using (WriteTransaction write = file.BeginWrite())
        {
            for (int i = 0; i < 1000; i++)
            {
                pages.Add(write.Allocate());
                BitConverter.TryWriteBytes(write.Write(pages[^1]), i);
            }

            for (int i = 0; i < 1000; i += 7)
            {
                Assert.Equal(i, BitConverter.ToInt32(write.Read(pages[i])));
                BitConverter.TryWriteBytes(write.Write(pages[i]), -i);
            }

            write.Commit();
        }

        using PageFile other = PageFile.Open(folder.File("a.quire"));
        using ReadTransaction read = other.BeginRead();
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i % 7 == 0 ? -i : i, BitConverter.ToInt32(read.Read(pages[i])));
        }

        Assert.Empty(read.Verify().Problems);
    }

    [Fact]
    public void A_reader_sees_its_own_transaction_while_a_writer_stages()
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(folder.File("a.quire"));
        using (WriteTransaction write = file.BeginWrite())
        {
            write.Root = write.Allocate();
            write.Commit();
        }

        using WriteTransaction staging = file.BeginWrite();
        staging.Write(staging.Root)[0] = 7;
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.Equal(0, read.Read(read.Root)[0]);
        }

        staging.Commit();
        using ReadTransaction after = file.BeginRead();
        Assert.Equal(7, after.Read(after.Root)[0]);
    }

    [Fact]
    public void A_commit_that_meets_a_reader_is_busy_and_can_be_repeated()
    {
        using var folder = new TempFolder();
        using PageFile file = PageFile.Open(folder.File("a.quire"));
        using WriteTransaction write = file.BeginWrite(TimeSpan.FromMilliseconds(20));
        PageNumber page = write.Allocate();
        using (file.BeginRead())
        {
            BusyException busy = Assert.Throws<BusyException>(() => write.Commit());
            Assert.Equal("main", busy.LockName);
            Assert.Contains(busy.Holders, holder => holder.ProcessId == Environment.ProcessId);
        }

        write.Write(page)[0] = 9;
        write.Commit();
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(9, read.Read(page)[0]);
        Assert.Empty(read.Verify().Problems);
    }
}
