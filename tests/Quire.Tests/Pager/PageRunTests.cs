using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>How the pages of a commit are written to main.</summary>
public sealed class PageRunTests
{
    private const int PageSize = 512;

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void A_large_commit_writes_neighbours_together_and_each_page_where_it_belongs(
        CommitProtocol protocol)
    {
        using var folder = new TempFolder();
        List<IoEvent> writes = [];
        var hooks = new HookedHost();
        using PageFile file = PageFile.Open(folder.File("f"), new PageFileOptions
        {
            PageSize = PageSize,
            Protocol = protocol,
            StagingBytes = 128 * PageSize,
            Host = hooks.Host,
        });
        hooks.Before = request =>
        {
            if (request.Kind == IoKind.Write
                && request.Path.EndsWith("/f", StringComparison.Ordinal)
                && request.Length >= PageSize
                && request.Offset >= 2 * PageSize)
            {
                writes.Add(request);
            }
        };

        // 2000 new pages, more than stay in memory, with gaps between them.
        PageNumber[] pages = Commit(file, write =>
        {
            PageNumber[] all = [.. Enumerable.Range(0, 2000).Select(_ => write.Allocate())];
            foreach (PageNumber page in all.Where(page => page.Value % 100 == 0))
            {
                write.Free(page);
            }

            return [.. all.Where(page => page.Value % 100 != 0)];
        }, stamp: 1);
        Assert.InRange(writes.Count, 20, 60);
        AssertStamps(file, pages, 1);

        // The same pages again, which main has by now.
        writes.Clear();
        Commit(file, _ => pages, stamp: 2);
        Assert.InRange(writes.Count, 20, 60);
        AssertStamps(file, pages, 2);
        using ReadTransaction read = file.BeginRead();
        Assert.True(read.Verify().IsSound);
    }

    private static PageNumber[] Commit(
        PageFile file, Func<WriteTransaction, PageNumber[]> choose, byte stamp)
    {
        using WriteTransaction write = file.BeginWrite();
        PageNumber[] pages = choose(write);
        foreach (PageNumber page in pages)
        {
            write.Write(page).Fill((byte)(page.Value + stamp));
        }

        write.Commit();
        return pages;
    }

    private static void AssertStamps(PageFile file, PageNumber[] pages, byte stamp)
    {
        using ReadTransaction read = file.BeginRead();
        foreach (PageNumber page in pages)
        {
            Assert.Equal(-1, read.Read(page).IndexOfAnyExcept((byte)(page.Value + stamp)));
        }
    }
}
