using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>What each mode promises, one file and two openers.</summary>
public sealed class ModeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly PageFile _other;
    private readonly PageNumber[] _pages;

    public ModeTests()
    {
        string path = _folder.File("a.quire");
        var options = new PageFileOptions { PageSize = 512, LockTimeout = TimeSpan.FromSeconds(60) };
        _file = PageFile.Open(path, options);
        _other = PageFile.Open(path, options);
        using WriteTransaction write = _file.BeginWrite();
        _pages = [.. Enumerable.Range(0, 8).Select(_ => write.Allocate())];
        write.Commit();
    }

    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    public void Dispose()
    {
        _file.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_commit_is_seen_by_others_and_has_the_next_number(TransactionMode mode)
    {
        TransactionNumber before = _other.GetInfo().TransactionNumber;
        using (WriteTransaction write = _file.BeginWrite(mode))
        {
            Assert.Equal(mode, write.Mode);
            Assert.Equal(0, write.Read(_pages[0])[0]);
            write.Write(_pages[0])[0] = 7;
            Assert.Equal(7, write.Read(_pages[0])[0]);
            PageNumber page = write.Allocate();
            write.Write(page)[0] = 8;
            write.Root = page;
            write.Free(_pages[7]);
            write.UserVersion = 3;
            write.ApplicationId = 4;
            Assert.Equal(before.Next, write.Number);
            Assert.Equal(before.Next, write.Commit());
        }

        using ReadTransaction read = _other.BeginRead();
        Assert.Equal(7, read.Read(_pages[0])[0]);
        Assert.Equal(8, read.Read(read.Root)[0]);
        Assert.False(read.IsInUse(_pages[7]));
        Assert.Equal((3u, 4u), (read.UserVersion, read.ApplicationId));
        Assert.Equal(before.Next, read.Number);
        Assert.Empty(read.Verify().Problems);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Disposing_leaves_nothing(TransactionMode mode)
    {
        using (WriteTransaction write = _file.BeginWrite(mode))
        {
            write.Write(_pages[0])[0] = 7;
            write.Root = write.Allocate();
        }

        using ReadTransaction read = _other.BeginRead();
        Assert.Equal(0, read.Read(_pages[0])[0]);
        Assert.True(read.Root.IsNone);
        Assert.Empty(read.Verify().Problems);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Without_changes_a_commit_takes_no_number(TransactionMode mode)
    {
        TransactionNumber before = _other.GetInfo().TransactionNumber;
        using (WriteTransaction write = _file.BeginWrite(mode))
        {
            write.Read(_pages[0]);
            Assert.Equal(before, write.Commit());
        }

        Assert.Equal(before, _other.GetInfo().TransactionNumber);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Ended_transactions_are_refused(TransactionMode mode)
    {
        WriteTransaction write = _file.BeginWrite(mode);
        write.Dispose();
        Assert.Throws<ObjectDisposedException>(() => write.Read(_pages[0]));
        Assert.Throws<ObjectDisposedException>(() => write.Write(_pages[0]));
        Assert.Throws<ObjectDisposedException>(() => write.Allocate());
        Assert.Throws<ObjectDisposedException>(() => write.Commit());
        Assert.Throws<ObjectDisposedException>(() => write.PageCount);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Pages_that_are_not_there_are_refused(TransactionMode mode)
    {
        using WriteTransaction write = _file.BeginWrite(mode);
        Assert.Throws<ArgumentOutOfRangeException>(() => write.Read(new PageNumber(10_000)));
        Assert.Throws<ArgumentOutOfRangeException>(() => write.Read(new PageNumber(0)));
        write.Free(_pages[3]);
        Assert.Throws<InvalidOperationException>(() => write.Read(_pages[3]));
        Assert.Throws<InvalidOperationException>(() => write.Free(_pages[3]));
        write.Root = _pages[4];
        Assert.Throws<InvalidOperationException>(() => write.Free(_pages[4]));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_file_opened_for_reading_refuses(TransactionMode mode)
    {
        using PageFile reader = PageFile.Open(
            _file.Path, new PageFileOptions { Mode = PageFileMode.ReadOnly });
        Assert.Throws<InvalidOperationException>(() => reader.BeginWrite(mode));
    }

    [Fact]
    public void A_mode_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _file.BeginWrite((TransactionMode)9));

    [Fact]
    public void Deferred_holds_up_no_writer_until_it_reads()
    {
        using WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred);
        Commit(_other, _pages[0], 1);
        Assert.Equal(1, deferred.Read(_pages[0])[0]);
    }

    [Fact]
    public void Deferred_reads_beside_a_writer_that_stages()
    {
        using WriteTransaction writer = _other.BeginWrite();
        writer.Write(_pages[0])[0] = 1;
        using WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred);
        Assert.Equal(0, deferred.Read(_pages[0])[0]);
    }

    [Fact]
    public void Deferred_does_not_write_on_what_has_become_stale()
    {
        using var staged = new ManualResetEventSlim();
        using WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred);
        deferred.Read(_pages[0]);

        // Holds the writer lock, and has to wait for the deferred one, which reads, to commit.
        OtherThread writer = OtherThread.Start(() =>
        {
            using WriteTransaction write = _other.BeginWrite();
            write.Write(_pages[1])[0] = 1;
            staged.Set();
            write.Commit();
        });
        Assert.True(staged.Wait(Eventually.Limit));
        StaleReadException stale = Assert.Throws<StaleReadException>(
            () => deferred.Write(_pages[0]));
        writer.Join();
        Assert.Equal((1ul, 2ul), (stale.ReadNumber, stale.CurrentNumber));
        Assert.True(stale.IsTransient);
        Assert.Throws<ObjectDisposedException>(() => deferred.Read(_pages[0]));
        Commit(_file, _pages[0], 2);
    }

    [Fact]
    public void Deferred_that_has_read_nothing_cannot_be_stale()
    {
        using WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred);
        Commit(_other, _pages[0], 1);
        deferred.Write(_pages[0])[0]++;
        deferred.Commit();
        Assert.Equal(2, Read(_pages[0]));
    }

    [Fact]
    public void Deferred_that_met_a_busy_writer_can_go_on_or_is_stale()
    {
        using (WriteTransaction deferred =
            _file.BeginWrite(TransactionMode.Deferred, TimeSpan.Zero))
        {
            deferred.Read(_pages[0]);
            using (WriteTransaction writer = _other.BeginWrite())
            {
                Assert.Throws<BusyException>(() => deferred.Write(_pages[0]));
                Assert.Equal(0, deferred.Read(_pages[0])[0]);
                Assert.Throws<BusyException>(() => deferred.Promote());
            }

            deferred.Promote();
            deferred.Write(_pages[0])[0] = 5;
            deferred.Commit();
        }

        using WriteTransaction late = _file.BeginWrite(TransactionMode.Deferred, TimeSpan.Zero);
        late.Read(_pages[0]);
        using (WriteTransaction writer = _other.BeginWrite())
        {
            Assert.Throws<BusyException>(() => late.Write(_pages[0]));
            writer.Write(_pages[1])[0] = 1;
            writer.Commit();
        }

        Assert.Throws<StaleReadException>(() => late.Read(_pages[0]));
    }

    [Fact]
    public void Exclusive_keeps_readers_out_from_the_start()
    {
        using (WriteTransaction exclusive = _file.BeginWrite(TransactionMode.Exclusive))
        {
            Assert.Throws<BusyException>(() => _other.BeginRead(TimeSpan.Zero));
            Assert.Throws<BusyException>(() => _file.BeginRead(TimeSpan.Zero));
            Assert.Throws<BusyException>(() => _other.BeginWrite(TimeSpan.Zero));
            exclusive.Write(_pages[0])[0] = 1;
            exclusive.Commit();
        }

        Assert.Equal(1, Read(_pages[0]));
    }

    [Fact]
    public void Exclusive_waits_for_the_readers_that_are_in()
    {
        using (_other.BeginRead())
        {
            Assert.Throws<BusyException>(
                () => _file.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero));
            Commit(_file, null, 0);
        }

        _file.BeginWrite(TransactionMode.Exclusive, TimeSpan.Zero).Dispose();
    }

    [Fact]
    public void A_second_writer_on_the_same_thread_is_refused_at_once()
    {
        using (WriteTransaction write = _file.BeginWrite())
        {
            Assert.Throws<InvalidOperationException>(() => _file.BeginWrite());
            Assert.Throws<InvalidOperationException>(() => _file.Update(_ => { }));
            using WriteTransaction deferred = _file.BeginWrite(TransactionMode.Deferred);
            Assert.Throws<InvalidOperationException>(() => deferred.Write(_pages[0]));
            write.Write(_pages[0])[0] = 1;
            write.Commit();
        }

        Commit(_file, _pages[0], 2);
    }

    [Fact]
    public void A_second_writer_on_another_thread_waits_its_turn()
    {
        WriteTransaction write = _file.BeginWrite();
        OtherThread other = OtherThread.Start(() => Commit(_file, _pages[0], 2));
        write.Write(_pages[0])[0] = 1;
        write.Commit();
        other.Join();
        Assert.Equal(2, Read(_pages[0]));
    }

    [Fact]
    public void Trimming_gives_the_end_back_and_only_that()
    {
        using (WriteTransaction write = _file.BeginWrite())
        {
            write.Free(_pages[2]);
            write.Free(_pages[6]);
            write.Free(_pages[7]);
            Assert.Equal(2u, write.TrimEnd());
            Assert.Equal(0u, write.TrimEnd());
            write.Commit();
        }

        Assert.Equal(512L * (_pages[5].Value + 1), new FileInfo(_file.Path).Length);
        using (ReadTransaction read = _other.BeginRead())
        {
            Assert.Equal(1u, read.GetInfo().FreePages);
            Assert.Throws<ArgumentOutOfRangeException>(() => read.Read(_pages[6]));
            Assert.Empty(read.Verify().Problems);
        }

        using WriteTransaction optimistic = _file.BeginWrite(TransactionMode.Optimistic);
        Assert.Throws<InvalidOperationException>(() => optimistic.TrimEnd());
    }

    [Fact]
    public void Trimming_takes_map_pages_along_that_have_nothing_to_speak_for()
    {
        uint before;
        using (WriteTransaction write = _file.BeginWrite())
        {
            before = write.PageCount;

            // A map page of 512 bytes speaks for 3904 pages.
            PageNumber[] many = [.. Enumerable.Range(0, 8000).Select(_ => write.Allocate())];
            Assert.All(many, write.Free);
            write.Commit();
        }

        using (WriteTransaction write = _file.BeginWrite())
        {
            Assert.True(write.PageCount >= before + 8000);
            write.TrimEnd();
            Assert.Equal(before, write.PageCount);
            write.Commit();
        }

        using ReadTransaction read = _other.BeginRead();
        Assert.Equal((before, 0u), (read.PageCount, read.GetInfo().FreePages));
        Assert.Empty(read.Verify().Problems);
    }

    private static void Commit(PageFile file, PageNumber? page, byte value)
    {
        using WriteTransaction write = file.BeginWrite();
        if (page is { } changed)
        {
            write.Write(changed)[0] = value;
        }

        write.Commit();
    }

    private int Read(PageNumber page)
    {
        using ReadTransaction read = _file.BeginRead();
        return read.Read(page)[0];
    }
}
