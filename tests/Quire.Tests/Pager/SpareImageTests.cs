using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>
/// Images of pages that a commit has replaced are used again, and never while somebody may read them.
/// </summary>
public sealed class SpareImageTests : IDisposable
{
    private const int PageSize = 64 * 1024;

    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly PageNumber _page;
    private byte _value;

    public SpareImageTests()
    {
        _file = PageFile.Open(_folder.File("a.quire"), new PageFileOptions { PageSize = PageSize });
        using WriteTransaction write = _file.BeginWrite();
        _page = write.Allocate();
        write.Commit();
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_commit_of_a_page_that_was_changed_before_allocates_no_page()
    {
        Commit();
        long least = long.MaxValue;

        // The least of several: the runtime allocates too, now and then, where it recompiles.
        for (int round = 0; round < 8; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Commit();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, PageSize / 8);
    }

    [Fact]
    public void What_an_optimistic_transaction_has_read_stays_as_it_was_until_its_next_call()
    {
        Commit();
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        ReadOnlySpan<byte> seen = optimistic.Read(_page);
        byte[] before = seen.ToArray();
        for (int i = 0; i < 4; i++)
        {
            Commit();
        }

        Assert.Equal(before, seen.ToArray());
    }

    [Fact]
    public void Optimistic_transactions_that_have_ended_keep_no_images()
    {
        using (_file.BeginWrite(TransactionMode.Optimistic))
        {
            Assert.Equal(1, _file.Engine.OptimisticTransactions);
        }

        WriteTransaction committed = _file.BeginWrite(TransactionMode.Optimistic);
        committed.Write(_page)[0] = 9;
        committed.Commit();
        committed.Dispose();
        WriteTransaction overtaken = _file.BeginWrite(TransactionMode.Optimistic);
        overtaken.Write(_page)[0] = 9;
        Commit();
        Assert.Throws<ConflictException>(() => overtaken.Commit());
        overtaken.Dispose();
        Assert.Equal(0, _file.Engine.OptimisticTransactions);
    }

    /// <summary>
    /// What a reader has kept of a node counts for its image only as long as that is the node's: here
    /// the image of the first commit comes back with the third.
    /// </summary>
    [Fact]
    public void A_node_in_an_image_that_was_used_again_is_looked_at_again()
    {
        Put("a"u8);
        Assert.True(IsThere("a"u8));
        Put("b"u8);
        Put("c"u8);
        using ReadTransaction read = _file.BeginRead();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(read.Map("m").TryGet("c"u8, out _));
        }
    }

    private void Commit()
    {
        using WriteTransaction write = _file.BeginWrite();
        write.Write(_page).Fill(++_value);
        write.Commit();
    }

    private void Put(ReadOnlySpan<byte> key)
    {
        using WriteTransaction write = _file.BeginWrite();
        write.Map("m").Put(key, "value"u8);
        write.Commit();
    }

    private bool IsThere(ReadOnlySpan<byte> key)
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Map("m").TryGet(key, out _);
    }
}
