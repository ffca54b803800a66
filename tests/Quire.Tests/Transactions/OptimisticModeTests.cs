using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>What conflicts with what, and what an optimistic transaction gets to see.</summary>
public sealed class OptimisticModeTests : TwoOpeners
{
    [Fact]
    public void Optimistic_holds_up_nobody_between_its_calls()
    {
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        optimistic.Write(Pages[0])[0] = 1;
        Commit(Other, Pages[1], 2);
        using (WriteTransaction exclusive =
            Other.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero))
        {
            exclusive.Write(Pages[2])[0] = 3;
            exclusive.Commit();
        }

        optimistic.Commit();
        Assert.Equal((1, 2, 3), (Read(Pages[0]), Read(Pages[1]), Read(Pages[2])));
    }

    [Fact]
    public void Optimistic_names_the_page_that_was_changed()
    {
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(Pages[4]);
        optimistic.Write(Pages[5])[0] = 1;
        Commit(Other, Pages[4], 9);
        ConflictException conflict = Assert.Throws<ConflictException>(() => optimistic.Commit());
        Assert.Equal(
            (Pages[4].Value, 1ul, 2ul),
            (conflict.Page, conflict.ReadNumber, conflict.CurrentNumber));
        Assert.True(conflict.IsTransient);
        Assert.Equal(0, Read(Pages[5]));
        Commit(First, Pages[5], 2);
    }

    [Fact]
    public void Optimistic_never_sees_a_mixture()
    {
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(Pages[0]);
        using (WriteTransaction writer = Other.BeginWrite())
        {
            writer.Write(Pages[0])[0] = 1;
            writer.Write(Pages[1])[0] = 1;
            writer.Commit();
        }

        // Page 0 was read before that commit, so page 1 may not be shown as it is after it.
        Assert.Throws<ConflictException>(() => optimistic.Read(Pages[1]));
        Assert.Throws<ObjectDisposedException>(() => optimistic.Read(Pages[0]));
    }

    [Fact]
    public void Optimistic_goes_on_reading_whenOthers_changedOtherPages()
    {
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        optimistic.Read(Pages[0]);
        Commit(Other, Pages[1], 9);
        Assert.Equal(9, optimistic.Read(Pages[1])[0]);
        Assert.Equal(0, optimistic.Read(Pages[0])[0]);
    }

    [Fact]
    public void Optimistic_conflicts_on_a_page_that_was_freed()
    {
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        optimistic.Write(Pages[4])[0] = 1;
        using (WriteTransaction writer = Other.BeginWrite())
        {
            writer.Free(Pages[4]);
            writer.Commit();
        }

        Assert.Equal(
            Pages[4].Value, Assert.Throws<ConflictException>(() => optimistic.Commit()).Page);
    }

    [Fact]
    public void Optimistic_conflicts_on_the_root_only_when_it_has_read_it()
    {
        using WriteTransaction reads = First.BeginWrite(TransactionMode.Optimistic);
        using WriteTransaction does_not = Other.BeginWrite(TransactionMode.Optimistic);
        Assert.True(reads.Root.IsNone);
        reads.Write(Pages[1])[0] = 1;
        does_not.Write(Pages[2])[0] = 2;
        using (WriteTransaction writer = Other.BeginWrite())
        {
            writer.Root = Pages[0];
            writer.Commit();
        }

        does_not.Commit();
        Assert.Equal(0u, Assert.Throws<ConflictException>(() => reads.Commit()).Page);
        Assert.Equal((0, 2), (Read(Pages[1]), Read(Pages[2])));
    }

    /// <summary>
    /// Pages are chosen at random from sixteen or more: of forty pairs a few choose the same.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Optimistic_allocations_of_different_pages_all_succeed(int freePages)
    {
        using (WriteTransaction write = Other.BeginWrite())
        {
            PageNumber[] pages = [.. Enumerable.Range(0, freePages).Select(_ => write.Allocate())];
            Assert.All(pages, write.Free);
            write.Commit();
        }

        int succeeded = 0;
        for (int pair = 0; pair < 40; pair++)
        {
            using WriteTransaction first = First.BeginWrite(TransactionMode.Optimistic);
            using WriteTransaction second = Other.BeginWrite(TransactionMode.Optimistic);
            PageNumber one = first.Allocate();
            PageNumber two = second.Allocate();
            first.Commit();
            if (one == two)
            {
                Assert.Equal(
                    one.Value, Assert.Throws<ConflictException>(() => second.Commit()).Page);
                continue;
            }

            second.Commit();
            succeeded++;
            using ReadTransaction read = First.BeginRead();
            Assert.True(read.IsInUse(one) && read.IsInUse(two));
            Assert.Empty(read.Verify().Problems);
        }

        Assert.InRange(succeeded, 20, 40);
    }

    [Fact]
    public void Optimistic_pages_past_the_end_leave_free_ones_behind()
    {
        uint end = First.GetInfo().PageCount;
        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        PageNumber first = optimistic.Allocate();
        PageNumber second = optimistic.Allocate();
        PageNumber third = optimistic.Allocate();
        Assert.Equal((first.Value + 1, first.Value + 2), (second.Value, third.Value));
        optimistic.Free(first);
        optimistic.Free(second);
        optimistic.Write(third)[0] = 3;
        optimistic.Commit();
        using ReadTransaction read = Other.BeginRead();
        Assert.Equal(third.Value - end, read.GetInfo().FreePages);
        Assert.Equal(3, read.Read(third)[0]);
        Assert.Empty(read.Verify().Problems);
    }

    [Fact]
    public void Optimistic_can_commit_again_after_a_busy_reader()
    {
        using WriteTransaction optimistic =
            First.BeginWrite(TransactionMode.Optimistic, TimeSpan.Zero);
        optimistic.Write(Pages[0])[0] = 1;
        using (Other.BeginRead())
        {
            Assert.Throws<BusyException>(() => optimistic.Commit());
        }

        optimistic.Commit();
        Assert.Equal(1, Read(Pages[0]));
    }
}
