using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>What conflicts with what, and what an optimistic transaction gets to see.</summary>
public sealed class OptimisticModeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly PageFile _other;
    private readonly PageNumber[] _pages;

    public OptimisticModeTests()
    {
        string path = _folder.File("a.quire");
        var options = new PageFileOptions { PageSize = 512, LockTimeout = TimeSpan.FromSeconds(60) };
        _file = PageFile.Open(path, options);
        _other = PageFile.Open(path, options);
        using WriteTransaction write = _file.BeginWrite();
        _pages = [.. Enumerable.Range(0, 8).Select(_ => write.Allocate())];
        write.Commit();
    }

    public void Dispose()
    {
        _file.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Optimistic_holds_up_nobody_between_its_calls()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        optimistic.Write(_pages[0])[0] = 1;
        Commit(_other, _pages[1], 2);
        using (WriteTransaction exclusive =
            _other.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero))
        {
            exclusive.Write(_pages[2])[0] = 3;
            exclusive.Commit();
        }

        optimistic.Commit();
        Assert.Equal((1, 2, 3), (Read(_pages[0]), Read(_pages[1]), Read(_pages[2])));
    }

    [Fact]
    public void Optimistic_names_the_page_that_was_changed()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(_pages[4]);
        optimistic.Write(_pages[5])[0] = 1;
        Commit(_other, _pages[4], 9);
        ConflictException conflict = Assert.Throws<ConflictException>(() => optimistic.Commit());
        Assert.Equal(
            (_pages[4].Value, 1ul, 2ul),
            (conflict.Page, conflict.ReadNumber, conflict.CurrentNumber));
        Assert.True(conflict.IsTransient);
        Assert.Equal(0, Read(_pages[5]));
        Commit(_file, _pages[5], 2);
    }

    [Fact]
    public void Optimistic_never_sees_a_mixture()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(_pages[0]);
        using (WriteTransaction writer = _other.BeginWrite())
        {
            writer.Write(_pages[0])[0] = 1;
            writer.Write(_pages[1])[0] = 1;
            writer.Commit();
        }

        // Page 0 was read before that commit, so page 1 may not be shown as it is after it.
        Assert.Throws<ConflictException>(() => optimistic.Read(_pages[1]));
        Assert.Throws<ObjectDisposedException>(() => optimistic.Read(_pages[0]));
    }

    [Fact]
    public void Optimistic_goes_on_reading_when_others_changed_other_pages()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(_pages[0]);
        Commit(_other, _pages[1], 9);
        Assert.Equal(9, optimistic.Read(_pages[1])[0]);
        Assert.Equal(0, optimistic.Read(_pages[0])[0]);
    }

    [Fact]
    public void Optimistic_conflicts_on_a_page_that_was_freed()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        optimistic.Write(_pages[4])[0] = 1;
        using (WriteTransaction writer = _other.BeginWrite())
        {
            writer.Free(_pages[4]);
            writer.Commit();
        }

        Assert.Equal(
            _pages[4].Value, Assert.Throws<ConflictException>(() => optimistic.Commit()).Page);
    }

    [Fact]
    public void Optimistic_conflicts_on_the_root_only_when_it_has_read_it()
    {
        using WriteTransaction reads = _file.BeginWrite(TransactionMode.Optimistic);
        using WriteTransaction does_not = _other.BeginWrite(TransactionMode.Optimistic);
        Assert.True(reads.Root.IsNone);
        reads.Write(_pages[1])[0] = 1;
        does_not.Write(_pages[2])[0] = 2;
        using (WriteTransaction writer = _other.BeginWrite())
        {
            writer.Root = _pages[0];
            writer.Commit();
        }

        does_not.Commit();
        Assert.Equal(0u, Assert.Throws<ConflictException>(() => reads.Commit()).Page);
        Assert.Equal((0, 2), (Read(_pages[1]), Read(_pages[2])));
    }

    [Fact]
    public void Optimistic_allocations_of_different_pages_all_succeed()
    {
        using (WriteTransaction writer = _other.BeginWrite())
        {
            foreach (PageNumber page in _pages)
            {
                writer.Free(page);
            }

            writer.Commit();
        }

        // Eight free pages, chosen at random: it takes a few attempts to choose different ones.
        for (int attempt = 0; ; attempt++)
        {
            using WriteTransaction first = _file.BeginWrite(TransactionMode.Optimistic);
            using WriteTransaction second = _other.BeginWrite(TransactionMode.Optimistic);
            PageNumber one = first.Allocate();
            PageNumber two = second.Allocate();
            first.Commit();
            if (one == two)
            {
                Assert.Equal(
                    one.Value, Assert.Throws<ConflictException>(() => second.Commit()).Page);
                Assert.True(attempt < 7, "the choice is not random");
                continue;
            }

            second.Commit();
            using ReadTransaction read = _file.BeginRead();
            Assert.True(read.IsInUse(one) && read.IsInUse(two));
            Assert.Empty(read.Verify().Problems);
            return;
        }
    }

    [Fact]
    public void Optimistic_pages_past_the_end_leave_free_ones_behind()
    {
        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        PageNumber first = optimistic.Allocate();
        PageNumber second = optimistic.Allocate();
        PageNumber third = optimistic.Allocate();
        optimistic.Free(first);
        optimistic.Free(second);
        optimistic.Write(third)[0] = 3;
        optimistic.Commit();
        using ReadTransaction read = _other.BeginRead();
        Assert.Equal(2u, read.GetInfo().FreePages);
        Assert.Equal(3, read.Read(third)[0]);
        Assert.Empty(read.Verify().Problems);
    }

    [Fact]
    public void Optimistic_can_commit_again_after_a_busy_reader()
    {
        using WriteTransaction optimistic =
            _file.BeginWrite(TransactionMode.Optimistic, TimeSpan.Zero);
        optimistic.Write(_pages[0])[0] = 1;
        using (_other.BeginRead())
        {
            Assert.Throws<BusyException>(() => optimistic.Commit());
        }

        optimistic.Commit();
        Assert.Equal(1, Read(_pages[0]));
    }

    private static void Commit(PageFile file, PageNumber page, byte value)
    {
        using WriteTransaction write = file.BeginWrite();
        write.Write(page)[0] = value;
        write.Commit();
    }

    private int Read(PageNumber page)
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Read(page)[0];
    }
}
