using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>What each mode promises, one file and two openers.</summary>
public sealed class ModeTests : TwoOpeners
{
    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_commit_is_seen_byOthers_and_has_the_next_number(TransactionMode mode)
    {
        TransactionNumber before = Other.GetInfo().TransactionNumber;
        using (WriteTransaction write = First.BeginWrite(mode))
        {
            Assert.Equal(mode, write.Mode);
            Assert.Equal(0, write.Read(Pages[0])[0]);
            write.Write(Pages[0])[0] = 7;
            Assert.Equal(7, write.Read(Pages[0])[0]);
            PageNumber page = write.Allocate();
            write.Write(page)[0] = 8;
            write.Root = page;
            write.Free(Pages[7]);
            write.UserVersion = 3;
            write.ApplicationId = 4;
            Assert.Equal(before.Next, write.Number);
            Assert.Equal(before.Next, write.Commit());
        }

        using ReadTransaction read = Other.BeginRead();
        Assert.Equal(7, read.Read(Pages[0])[0]);
        Assert.Equal(8, read.Read(read.Root)[0]);
        Assert.False(read.IsInUse(Pages[7]));
        Assert.Equal((3u, 4u), (read.UserVersion, read.ApplicationId));
        Assert.Equal(before.Next, read.Number);
        Assert.Empty(read.Verify().Problems);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Disposing_leaves_nothing(TransactionMode mode)
    {
        using (WriteTransaction write = First.BeginWrite(mode))
        {
            write.Write(Pages[0])[0] = 7;
            write.Root = write.Allocate();
        }

        using ReadTransaction read = Other.BeginRead();
        Assert.Equal(0, read.Read(Pages[0])[0]);
        Assert.True(read.Root.IsNone);
        Assert.Empty(read.Verify().Problems);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Without_changes_a_commit_takes_no_number(TransactionMode mode)
    {
        TransactionNumber before = Other.GetInfo().TransactionNumber;
        using (WriteTransaction write = First.BeginWrite(mode))
        {
            write.Read(Pages[0]);
            Assert.Equal(before, write.Commit());
        }

        Assert.Equal(before, Other.GetInfo().TransactionNumber);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Ended_transactions_are_refused(TransactionMode mode)
    {
        WriteTransaction write = First.BeginWrite(mode);
        write.Dispose();
        Assert.Throws<ObjectDisposedException>(() => write.Read(Pages[0]));
        Assert.Throws<ObjectDisposedException>(() => write.Write(Pages[0]));
        Assert.Throws<ObjectDisposedException>(() => write.Allocate());
        Assert.Throws<ObjectDisposedException>(() => write.Commit());
        Assert.Throws<ObjectDisposedException>(() => write.PageCount);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Pages_that_are_not_there_are_refused(TransactionMode mode)
    {
        using WriteTransaction write = First.BeginWrite(mode);
        Assert.Throws<ArgumentOutOfRangeException>(() => write.Read(new PageNumber(10_000)));
        Assert.Throws<ArgumentOutOfRangeException>(() => write.Read(new PageNumber(0)));
        write.Free(Pages[3]);
        Assert.Throws<InvalidOperationException>(() => write.Read(Pages[3]));
        Assert.Throws<InvalidOperationException>(() => write.Free(Pages[3]));
        write.Root = Pages[4];
        Assert.Throws<InvalidOperationException>(() => write.Free(Pages[4]));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void AFirst_opened_for_reading_refuses(TransactionMode mode)
    {
        using PageFile reader = PageFile.Open(
            First.Path, new PageFileOptions { Mode = PageFileMode.ReadOnly });
        Assert.Throws<InvalidOperationException>(() => reader.BeginWrite(mode));
    }

    [Fact]
    public void A_mode_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => First.BeginWrite((TransactionMode)9));

    [Fact]
    public void Deferred_holds_up_no_writer_until_it_reads()
    {
        using WriteTransaction deferred = First.BeginWrite(TransactionMode.Deferred);
        Commit(Other, Pages[0], 1);
        Assert.Equal(1, deferred.Read(Pages[0])[0]);
    }

    [Fact]
    public void Deferred_reads_beside_a_writer_that_stages()
    {
        using WriteTransaction writer = Other.BeginWrite();
        writer.Write(Pages[0])[0] = 1;
        using WriteTransaction deferred = First.BeginWrite(TransactionMode.Deferred);
        Assert.Equal(0, deferred.Read(Pages[0])[0]);
    }

    [Fact]
    public void Deferred_does_not_write_on_what_has_become_stale()
    {
        using var staged = new ManualResetEventSlim();
        using WriteTransaction deferred = First.BeginWrite(TransactionMode.Deferred);
        deferred.Read(Pages[0]);

        // Holds the writer lock, and has to wait for the deferred one, which reads, to commit.
        OtherThread writer = OtherThread.Start(() =>
        {
            using WriteTransaction write = Other.BeginWrite();
            write.Write(Pages[1])[0] = 1;
            staged.Set();
            write.Commit();
        });
        Assert.True(staged.Wait(Eventually.Limit));
        StaleReadException stale = Assert.Throws<StaleReadException>(
            () => deferred.Write(Pages[0]));
        writer.Join();
        Assert.Equal((1ul, 2ul), (stale.ReadNumber, stale.CurrentNumber));
        Assert.True(stale.IsTransient);
        Assert.Throws<ObjectDisposedException>(() => deferred.Read(Pages[0]));
        Commit(First, Pages[0], 2);
    }

    [Fact]
    public void Deferred_that_has_read_nothing_cannot_be_stale()
    {
        using WriteTransaction deferred = First.BeginWrite(TransactionMode.Deferred);
        Commit(Other, Pages[0], 1);
        deferred.Write(Pages[0])[0]++;
        deferred.Commit();
        Assert.Equal(2, Read(Pages[0]));
    }

    [Fact]
    public void Deferred_that_met_a_busy_writer_can_go_on_or_is_stale()
    {
        using (WriteTransaction deferred =
            First.BeginWrite(TransactionMode.Deferred, TimeSpan.Zero))
        {
            deferred.Read(Pages[0]);
            using (WriteTransaction writer = Other.BeginWrite())
            {
                Assert.Throws<BusyException>(() => deferred.Write(Pages[0]));
                Assert.Equal(0, deferred.Read(Pages[0])[0]);
                Assert.Throws<BusyException>(() => deferred.Promote());
            }

            deferred.Promote();
            deferred.Write(Pages[0])[0] = 5;
            deferred.Commit();
        }

        using WriteTransaction late = First.BeginWrite(TransactionMode.Deferred, TimeSpan.Zero);
        late.Read(Pages[0]);
        using (WriteTransaction writer = Other.BeginWrite())
        {
            Assert.Throws<BusyException>(() => late.Write(Pages[0]));
            writer.Write(Pages[1])[0] = 1;
            writer.Commit();
        }

        Assert.Throws<StaleReadException>(() => late.Read(Pages[0]));
    }

    [Fact]
    public void Exclusive_keeps_readers_out_from_the_start()
    {
        using (WriteTransaction exclusive = First.BeginWrite(TransactionMode.Exclusive))
        {
            Assert.Throws<BusyException>(() => Other.BeginRead(TimeSpan.Zero));
            Assert.Throws<BusyException>(() => First.BeginRead(TimeSpan.Zero));
            Assert.Throws<BusyException>(() => Other.BeginWrite(TimeSpan.Zero));
            exclusive.Write(Pages[0])[0] = 1;
            exclusive.Commit();
        }

        Assert.Equal(1, Read(Pages[0]));
    }

    [Fact]
    public void Exclusive_waits_for_the_readers_that_are_in()
    {
        using (Other.BeginRead())
        {
            Assert.Throws<BusyException>(
                () => First.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero));
            First.BeginWrite(TimeSpan.Zero).Dispose();
        }

        First.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero).Dispose();
    }

    [Fact]
    public void A_second_writer_on_the_same_thread_is_refused_at_once()
    {
        using (WriteTransaction write = First.BeginWrite())
        {
            Assert.Throws<InvalidOperationException>(() => First.BeginWrite());
            Assert.Throws<InvalidOperationException>(() => First.Update(_ => { }));
            using WriteTransaction deferred = First.BeginWrite(TransactionMode.Deferred);
            Assert.Throws<InvalidOperationException>(() => deferred.Write(Pages[0]));
            write.Write(Pages[0])[0] = 1;
            write.Commit();
        }

        Commit(First, Pages[0], 2);
    }

    [Fact]
    public void A_second_writer_of_another_file_on_the_same_thread_is_none_of_its_business()
    {
        using WriteTransaction write = First.BeginWrite();
        using PageFile another = PageFile.Open(First.Path + "2");
        using (WriteTransaction inner = another.BeginWrite())
        {
            Assert.Throws<InvalidOperationException>(() => First.BeginWrite());
        }

        Assert.Throws<InvalidOperationException>(() => First.BeginWrite());
        another.BeginWrite().Dispose();
    }

    /// <summary>A thread that opens one file after the other keeps none of them in memory.</summary>
    [Fact]
    public void Files_that_were_written_to_and_closed_are_not_kept()
    {
        WeakReference[] files = [.. Enumerable.Range(0, 20).Select(WriteAndForget)];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(files.Count(file => file.IsAlive), 0, 2);

        WeakReference WriteAndForget(int number)
        {
            using PageFile file = PageFile.Open($"{First.Path}.{number}");
            file.Update(write => { write.Allocate(); });
            return new WeakReference(file);
        }
    }

    [Fact]
    public void A_second_writer_on_another_thread_waits_its_turn()
    {
        WriteTransaction write = First.BeginWrite();
        OtherThread other = OtherThread.Start(() => Commit(First, Pages[0], 2));
        write.Write(Pages[0])[0] = 1;
        write.Commit();
        other.Join();
        Assert.Equal(2, Read(Pages[0]));
    }

    [Fact]
    public void Trimming_gives_the_end_back_and_only_that()
    {
        using (WriteTransaction write = First.BeginWrite())
        {
            write.Free(Pages[2]);
            write.Free(Pages[6]);
            write.Free(Pages[7]);
            Assert.Equal(2u, write.TrimEnd());
            Assert.Equal(0u, write.TrimEnd());
            write.Commit();
        }

        Assert.Equal(512L * (Pages[5].Value + 1), new FileInfo(First.Path).Length);
        using (ReadTransaction read = Other.BeginRead())
        {
            Assert.Equal(1u, read.GetInfo().FreePages);
            Assert.Throws<ArgumentOutOfRangeException>(() => read.Read(Pages[6]));
            Assert.Empty(read.Verify().Problems);
        }

        using WriteTransaction optimistic = First.BeginWrite(TransactionMode.Optimistic);
        Assert.Throws<InvalidOperationException>(() => optimistic.TrimEnd());
    }

    [Fact]
    public void Trimming_takes_mapPages_along_that_have_nothing_to_speak_for()
    {
        uint before;
        using (WriteTransaction write = First.BeginWrite())
        {
            before = write.PageCount;

            // A map page of 512 bytes speaks for 3904 pages.
            PageNumber[] many = [.. Enumerable.Range(0, 8000).Select(_ => write.Allocate())];
            Assert.All(many, write.Free);
            write.Commit();
        }

        using (WriteTransaction write = First.BeginWrite())
        {
            Assert.True(write.PageCount >= before + 8000);
            write.TrimEnd();
            Assert.Equal(before, write.PageCount);
            write.Commit();
        }

        using ReadTransaction read = Other.BeginRead();
        Assert.Equal((before, 0u), (read.PageCount, read.GetInfo().FreePages));
        Assert.Empty(read.Verify().Problems);
    }
}
