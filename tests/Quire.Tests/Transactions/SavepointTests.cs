using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

public sealed class SavepointTests : IDisposable
{
    private const int PageSize = 512;
    private const int PagesAtStart = 12;
    private readonly TempFolder _folder = new();

    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public void Rolling_back_restores_pages_allocation_and_header(TransactionMode mode)
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite(mode);
        write.Write(new PageNumber(3))[0] = 1;
        write.UserVersion = 5;
        uint pages = write.PageCount;
        Savepoint savepoint = write.CreateSavepoint();
        write.Write(new PageNumber(3))[0] = 2;
        write.Write(new PageNumber(4))[0] = 2;
        write.Free(new PageNumber(5));
        PageNumber added = write.Allocate();
        write.Root = new PageNumber(3);
        write.UserVersion = 6;
        savepoint.RollBack();
        Assert.Equal(1, write.Read(new PageNumber(3))[0]);
        Assert.Equal(0, write.Read(new PageNumber(4))[0]);
        Assert.True(write.IsInUse(new PageNumber(5)));
        Assert.False(write.IsInUse(added) && added.Value != 5);
        Assert.Equal((pages, 0u, 5u), (write.PageCount, write.Root.Value, write.UserVersion));
        write.Commit();
        Assert.Equal((1, 0), (file.ReadByte(3), file.ReadByte(4)));
        AssertSound(file);
    }

    [Fact]
    public void A_savepoint_made_before_the_first_change_of_a_deferred_transaction_works()
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite(TransactionMode.Deferred);
        write.Read(new PageNumber(3));
        Savepoint savepoint = write.CreateSavepoint();
        savepoint.RollBack();
        write.Write(new PageNumber(3))[0] = 2;
        savepoint.RollBack();
        Assert.Equal(0, write.Read(new PageNumber(3))[0]);
    }

    [Fact]
    public void Savepoints_nest()
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite();
        var page = new PageNumber(3);
        Savepoint outer = write.CreateSavepoint();
        write.Write(page)[0] = 1;
        Savepoint inner = write.CreateSavepoint();
        write.Write(page)[0] = 2;
        inner.RollBack();
        Assert.Equal(1, write.Read(page)[0]);
        write.Write(page)[0] = 3;
        inner.Release();
        Assert.Equal(3, write.Read(page)[0]);
        Assert.Throws<ObjectDisposedException>(inner.RollBack);
        outer.RollBack();
        Assert.Equal(0, write.Read(page)[0]);
        write.Write(page)[0] = 4;
        outer.Release();
        write.Commit();
        Assert.Equal(4, file.ReadByte(3));
    }

    [Fact]
    public void Using_an_outer_savepoint_ends_the_inner_ones()
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite();
        Savepoint outer = write.CreateSavepoint();
        Savepoint rolledOver = write.CreateSavepoint();
        outer.RollBack();
        Assert.Throws<ObjectDisposedException>(rolledOver.Release);
        rolledOver.Dispose();
        Savepoint released = write.CreateSavepoint();
        outer.Release();
        Assert.Throws<ObjectDisposedException>(released.RollBack);
    }

    [Fact]
    public void Disposing_goes_back_unless_it_was_released()
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite();
        using (write.CreateSavepoint())
        {
            write.Write(new PageNumber(3))[0] = 1;
        }

        using (Savepoint kept = write.CreateSavepoint())
        {
            write.Write(new PageNumber(4))[0] = 1;
            kept.Release();
        }

        write.Commit();
        Assert.Equal((0, 1), (file.ReadByte(3), file.ReadByte(4)));
    }

    [Fact]
    public void Savepoints_end_with_their_transaction()
    {
        using PageFile file = Open(stagingBytes: 0);
        WriteTransaction write = file.BeginWrite();
        Savepoint savepoint = write.CreateSavepoint();
        write.Commit();
        Assert.Throws<ObjectDisposedException>(savepoint.RollBack);
        Assert.Throws<ObjectDisposedException>(savepoint.Release);
        savepoint.Dispose();
    }

    [Fact]
    public void Going_back_is_possible_after_a_busy_commit()
    {
        using PageFile file = Open(stagingBytes: 0);
        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
        write.Write(new PageNumber(3))[0] = 1;
        Savepoint savepoint = write.CreateSavepoint();
        write.Write(new PageNumber(3))[0] = 2;
        write.Write(new PageNumber(4))[0] = 2;
        using (file.BeginRead())
        {
            Assert.Throws<BusyException>(() => write.Commit());
        }

        savepoint.RollBack();
        write.Commit();
        Assert.Equal((1, 0), (file.ReadByte(3), file.ReadByte(4)));
        AssertSound(file);
    }

    /// <summary>
    /// Random changes, savepoints, rollbacks and releases against copies of the whole content. The
    /// staging memory holds so little that most pages go through the journal and back.
    /// </summary>
    [Theory]
    [InlineData(TransactionMode.Immediate, 0, 60)]
    [InlineData(TransactionMode.Immediate, 1 << 20, 30)]
    [InlineData(TransactionMode.Optimistic, 0, 30)]
    [InlineData(TransactionMode.Exclusive, 0, 10)]
    public void Random_changes_are_undone_exactly(TransactionMode mode, int stagingBytes, int seeds)
    {
        for (int seed = 0; seed < seeds; seed++)
        {
            using PageFile file = Open(stagingBytes);
            var random = new Random(seed);
            Dictionary<uint, byte[]> model = [];
            for (uint page = 3; page < 3 + PagesAtStart; page++)
            {
                model.Add(page, new byte[file.PayloadSize]);
            }

            using (WriteTransaction write = file.BeginWrite(mode))
            {
                RunRandomly(write, random, ref model, steps: 600);
                write.Commit();
            }

            using ReadTransaction read = file.BeginRead();
            Assert.Equal(
                model.Keys.Order(),
                from number in Enumerable.Range(0, (int)read.PageCount)
                where read.IsInUse(new PageNumber((uint)number))
                select (uint)number);
            foreach ((uint page, byte[] bytes) in model)
            {
                Assert.True(
                    read.Read(new PageNumber(page)).SequenceEqual(bytes), $"seed {seed}, page {page}");
            }

            Assert.Empty(read.Verify().Problems);
        }
    }

    private static void RunRandomly(
        WriteTransaction write, Random random, ref Dictionary<uint, byte[]> model, int steps)
    {
        var savepoints = new List<(Savepoint Savepoint, Dictionary<uint, byte[]> Model)>();
        for (int step = 0; step < steps; step++)
        {
            uint[] pages = [.. model.Keys];
            uint page = pages.Length == 0 ? 0 : pages[random.Next(pages.Length)];
            int choice = random.Next(100);
            int depth = savepoints.Count == 0 ? 0 : random.Next(savepoints.Count);
            if (choice < 30 || pages.Length < 3)
            {
                model.Add(write.Allocate().Value, new byte[model.Values.First().Length]);
            }
            else if (choice < 70)
            {
                byte[] bytes = [.. model[page]];
                random.NextBytes(bytes.AsSpan(0, 16));
                bytes.CopyTo(write.Write(new PageNumber(page)));
                model[page] = bytes;
            }
            else if (choice < 78)
            {
                write.Free(new PageNumber(page));
                model.Remove(page);
            }
            else if (choice < 86)
            {
                savepoints.Add((write.CreateSavepoint(), new(model)));
            }
            else if (choice < 91 && savepoints.Count > 0)
            {
                savepoints[depth].Savepoint.RollBack();
                model = new(savepoints[depth].Model);
                savepoints.RemoveRange(depth + 1, savepoints.Count - depth - 1);
            }
            else if (choice < 95 && savepoints.Count > 0)
            {
                savepoints[depth].Savepoint.Release();
                savepoints.RemoveRange(depth, savepoints.Count - depth);
            }
            else
            {
                Assert.True(
                    write.Read(new PageNumber(page)).SequenceEqual(model[page]),
                    $"step {step}, page {page}");
            }
        }
    }

    private static void AssertSound(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
    }

    private PageFile Open(int stagingBytes)
    {
        PageFile file = PageFile.Open(
            _folder.File($"{Guid.NewGuid():n}.quire"),
            new PageFileOptions
            {
                PageSize = PageSize,
                StagingBytes = stagingBytes,
                LockTimeout = Eventually.Limit,
            });
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < PagesAtStart; i++)
        {
            write.Allocate();
        }

        write.Commit();
        return file;
    }
}

internal static class PageFileReading
{
    /// <summary>The first byte of a page, as last committed.</summary>
    public static int ReadByte(this PageFile file, uint page)
    {
        using ReadTransaction read = file.BeginRead();
        return read.Read(new PageNumber(page))[0];
    }
}
