using System.Buffers.Binary;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>
/// Transactions of one process that are committed together: docs/transactions.md, "Commits that share
/// a sync". A commit is held at its sync, so that what gathers behind it is known.
/// </summary>
public sealed class GroupCommitTests : IDisposable
{
    private static readonly PageNumber Counter = new(2);

    private static readonly UpdateOptions Patient = new() { Timeout = Timeout.InfiniteTimeSpan };

    private readonly TempFolder _folder = new();

    public static TheoryData<CommitProtocol> Protocols =>
        [CommitProtocol.Classic, CommitProtocol.Sealed];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Commits_that_gather_behind_a_sync_share_the_next_one(CommitProtocol protocol)
    {
        const int others = 20;
        using HeldCommit held = Open(protocol);
        var numbers = new List<ulong>();
        held.Hold(write => Add(write, numbers), () => held.Update(write => Add(write, numbers)));
        for (int i = 1; i < others; i++)
        {
            held.Start(() => held.Update(write => Add(write, numbers)));
        }

        AwaitCommitOf(held, others + 2);
        Assert.Equal(1ul, held.File.GetInfo().TransactionNumber.Value);
        held.LetGo();

        Assert.Equal(2, held.JournalSyncs);
        Assert.Equal(Enumerable.Range(2, others + 1).Select(n => (ulong)n), numbers);
        AssertCounts(held.File, others + 1, number: others + 2);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Each_is_told_when_its_own_group_is_durable_and_not_before(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        var durable = new List<int>();
        Func<Exception?> first = held.Hold(write => Add(write), () => Commit(2));
        OtherThread third = held.Start(() => Commit(3));
        AwaitCommitOf(held, 4);
        Assert.Empty(durable);
        held.LetGo();
        Assert.Null(first());
        Assert.False(third.IsRunning);
        Assert.Equal([2, 3], durable.Order());
        AssertCounts(held.File, 3, number: 4);

        void Commit(int which)
        {
            held.Update(write => Add(write));
            Assert.True(held.File.GetInfo().TransactionNumber.Value >= 4, "committed before it was durable");
            lock (durable)
            {
                durable.Add(which);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void One_that_throws_takes_nothing_of_its_neighbours_along(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        var numbers = new List<ulong>();
        held.Hold(write => Add(write, numbers), () => held.Update(write => Add(write, numbers)));
        Eventually.True(() => numbers.Count == 2, "the second has staged");
        OtherThread failing = held.Start(() =>
            Assert.Throws<InvalidDataException>(() => held.Update(write =>
            {
                Add(write);
                write.Root = write.Allocate();
                throw new InvalidDataException();
            })));
        failing.Join();
        held.Start(() => held.Update(write => Add(write, numbers)));
        held.LetGo();

        // The one that threw took no number.
        Assert.Equal([2ul, 3, 4], numbers);
        AssertCounts(held.File, 3, number: 4);
        using ReadTransaction read = held.File.BeginRead();
        Assert.Equal(Counter, read.Root);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_failed_sync_leaves_its_own_group_in_doubt_and_undoes_those_above(
        CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        Exception? second = null;
        bool hasStaged = false;
        Func<Exception?> first = held.Hold(
            write => Add(write),
            () => second = Record.Exception(() => held.Update(write =>
            {
                Add(write);
                hasStaged = true;
            })));
        Eventually.True(() => hasStaged, "the second has staged");
        held.LetGo(new IOException("injected"));

        if (protocol == CommitProtocol.Sealed)
        {
            Assert.Equal(2ul, Assert.IsType<CommitInDoubtException>(first()).TransactionNumber);
        }
        else
        {
            Assert.IsType<IOException>(first());
        }

        // It ran again, as it must, and found the file stopped.
        Assert.IsType<FaultedException>(second);
        Assert.Throws<FaultedException>(() => held.File.BeginRead());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void When_readers_keep_a_group_out_those_above_it_are_repeated(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol, TimeSpan.FromMilliseconds(50));
        using PageFile other = PageFile.Open(_folder.File("a.quire"));
        ReadTransaction reader = other.BeginRead();
        int runs = 0;
        Func<Exception?> first = held.Hold(
            write => Add(write),
            () => held.Update(
                write =>
                {
                    if (++runs == 2)
                    {
                        reader.Dispose();
                    }

                    Assert.Equal(runs == 1 ? 2 : 1, Add(write));
                },
                Patient));
        Eventually.True(() => runs == 1, "the second has staged");
        held.LetGo();

        Assert.IsType<BusyException>(first());
        Assert.Equal(2, runs);
        AssertCounts(held.File, 1, number: 2);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void One_without_changes_that_has_seen_what_was_not_committed_is_repeated(
        CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol, TimeSpan.FromMilliseconds(50));
        using PageFile other = PageFile.Open(_folder.File("a.quire"));
        using ReadTransaction reader = other.BeginRead();
        var seen = new List<long>();
        Func<Exception?> first = held.Hold(
            write => Add(write), () => held.Update(write => seen.Add(Read(write)), Patient));
        Eventually.True(() => seen.Count == 1, "the second has read");
        held.LetGo();

        Assert.IsType<BusyException>(first());
        Assert.Equal([1, 0], seen);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void The_most_patient_of_a_group_waits_for_the_readers_on_behalf_of_all(
        CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol, TimeSpan.FromMilliseconds(50));
        using PageFile other = PageFile.Open(_folder.File("a.quire"));
        held.Hold(
            write => Add(write),
            () => held.Update(write => Add(write), Patient));
        held.Start(() => held.Update(write => Add(write)));
        AwaitCommitOf(held, 4);
        held.LetGo();
        AssertCounts(held.File, 3, number: 4);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void One_too_large_for_memory_waits_for_those_below_and_is_committed_alone(
        CommitProtocol protocol)
    {
        const int pages = 400;
        using HeldCommit held = Open(protocol, stagingBytes: 0);
        bool isLarge = false;
        held.Hold(
            write => Add(write),
            () => held.Update(write =>
            {
                Add(write);
                using Savepoint savepoint = write.CreateSavepoint();
                Stamp.Grow(write, 100);
                isLarge = true;
                Stamp.Grow(write, pages);
                savepoint.RollBack();
                Stamp.Grow(write, pages);
                savepoint.Release();
            }));
        Eventually.True(() => isLarge, "the second stages");
        held.LetGo();
        AssertCounts(held.File, 2, number: 3);
        Assert.True(held.File.GetInfo().PageCount > pages);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void One_that_gives_the_end_of_the_file_up_stands_above_one_that_grew_it(
        CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        var pages = new List<PageNumber>();
        bool hasGrown = false;
        held.Hold(write => Add(write), () => held.Update(write =>
        {
            for (int i = 0; i < 50; i++)
            {
                pages.Add(write.Allocate());
            }

            hasGrown = true;
        }));
        Eventually.True(() => hasGrown, "the second has staged");
        OtherThread shrinking = held.Start(() => held.Update(write =>
        {
            pages.ForEach(write.Free);
            Assert.Equal(50u, write.TrimEnd());
            Add(write);
        }));
        AwaitCommitOf(held, 4);
        held.LetGo();
        Assert.False(shrinking.IsRunning);
        AssertCounts(held.File, 2, number: 4);
        Assert.Equal(3u, held.File.GetInfo().PageCount);
    }

    [Theory]
    [InlineData(CommitProtocol.Classic, TransactionMode.Deferred)]
    [InlineData(CommitProtocol.Classic, TransactionMode.Optimistic)]
    [InlineData(CommitProtocol.Classic, TransactionMode.Exclusive)]
    [InlineData(CommitProtocol.Sealed, TransactionMode.Deferred)]
    [InlineData(CommitProtocol.Sealed, TransactionMode.Optimistic)]
    [InlineData(CommitProtocol.Sealed, TransactionMode.Exclusive)]
    public void In_the_other_modes_a_transaction_waits_for_what_it_compares_with(
        CommitProtocol protocol, TransactionMode mode)
    {
        using HeldCommit held = Open(protocol);
        var runs = new List<long>();
        held.Hold(
            write => Add(write),
            () => held.File.Update(
                write => runs.Add(Add(write)), new UpdateOptions { Mode = mode }));
        held.LetGo();
        Assert.Equal(2, runs[^1]);
        AssertCounts(held.File, 2, number: 3);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void One_without_changes_returns_when_what_it_has_seen_is_durable(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        bool isIn = false;
        OtherThread? reading = null;
        held.Hold(write => Add(write), () => { held.Update(write => Add(write)); });
        AwaitCommitOf(held, 3);
        reading = held.Start(() =>
        {
            long seen = held.File.Update(write =>
            {
                isIn = true;
                return Read(write);
            });
            Assert.Equal(2, seen);
            Assert.Equal(3ul, held.File.GetInfo().TransactionNumber.Value);
        });
        Eventually.True(() => isIn, "it reads");
        Assert.True(reading.IsRunning);
        held.LetGo();
        AssertCounts(held.File, 2, number: 3);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Disposing_the_file_waits_for_commits_on_their_way(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        held.Hold(write => Add(write), () => held.Update(write => Add(write)));
        AwaitCommitOf(held, 3);
        OtherThread disposing = held.Start(held.File.Dispose);
        Eventually.True(() => held.File.Engine.IsClosing, "it closes");
        Assert.True(disposing.IsRunning);
        held.LetGo();
        using PageFile again = PageFile.Open(_folder.File("a.quire"));
        AssertCounts(again, 2, number: 3);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Async_commits_share_as_well(CommitProtocol protocol)
    {
        using HeldCommit held = Open(protocol);
        var numbers = new List<ulong>();
        var tasks = new List<Task>();
        held.Hold(write => Add(write, numbers), () => held.Update(write => Add(write, numbers)));
        for (int i = 0; i < 10; i++)
        {
            tasks.Add(held.File.UpdateAsync((write, _) =>
            {
                Add(write, numbers);
                return ValueTask.CompletedTask;
            }).AsTask());
        }

        AwaitCommitOf(held, 13);
        Assert.All(tasks, task => Assert.False(task.IsCompleted));
        held.LetGo();
        await Task.WhenAll(tasks).WaitAsync(Eventually.Limit);
        Assert.Equal(2, held.JournalSyncs);
        AssertCounts(held.File, 12, number: 13);
    }

    /// <summary>Threads, tasks, failures and cancellations as they come.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Whatever_comes_in_whatever_order_each_commit_counts_once(CommitProtocol protocol)
    {
        const int threads = 12;
        const int times = 60;
        string path = _folder.File("a.quire");
        Create(path, protocol);
        using PageFile file = PageFile.Open(path, new PageFileOptions { StagingBytes = 0 });
        int committed = 0;
        await Task.WhenAll(Enumerable.Range(0, threads).Select(seed => Task.Factory.StartNew(
            () => Work(file, seed, times, ref committed),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        AssertCounts(file, committed, number: committed + 1);
        Assert.Null(file.Engine.Writer!.Turn);
        Assert.Equal(0, file.Engine.Writer.Queue.Waiting);
    }

    private static void Work(PageFile file, int seed, int times, ref int committed)
    {
        var random = new Random(seed);
        for (int i = 0; i < times; i++)
        {
            int kind = random.Next(8);
            using var cancellation = new CancellationTokenSource();
            if (kind == 0)
            {
                cancellation.CancelAfter(random.Next(3));
            }

            try
            {
                var options = new UpdateOptions
                {
                    Mode = kind < 3 ? (TransactionMode)random.Next(4) : TransactionMode.Immediate,
                };
                file.Update(
                    write =>
                    {
                        Add(write);
                        Stamp.Grow(write, kind == 4 ? 200 : random.Next(2));
                        if (kind == 5)
                        {
                            throw new InvalidDataException();
                        }
                    },
                    options,
                    cancellation.Token);
                Interlocked.Increment(ref committed);
            }
            catch (InvalidDataException)
            {
                Assert.Equal(5, kind);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(0, kind);
            }
        }
    }

    private HeldCommit Open(
        CommitProtocol protocol, TimeSpan? timeout = null, long? stagingBytes = null)
    {
        string path = _folder.File("a.quire");
        Create(path, protocol);
        var options = new PageFileOptions
        {
            LockTimeout = timeout ?? Timeout.InfiniteTimeSpan,
        };
        return new HeldCommit(
            path, stagingBytes is { } bytes ? options with { StagingBytes = bytes } : options);
    }

    /// <summary>One page, which is the root, with a counter at 0; transaction 1.</summary>
    private static void Create(string path, CommitProtocol protocol)
    {
        using PageFile file = PageFile.Open(path, new PageFileOptions { Protocol = protocol });
        using WriteTransaction write = file.BeginWrite();
        PageNumber page = write.Allocate();
        Assert.Equal(Counter, page);
        write.Root = page;
        write.Commit();
    }

    /// <summary>Until a transaction, and all before it, wait for their groups.</summary>
    private static void AwaitCommitOf(HeldCommit held, int number) => Eventually.True(
        () => held.File.Engine.Writer!.Turn?.Newest?.Last.Value == (ulong)number, "all wait");

    private static long Read(WriteTransaction write) =>
        BinaryPrimitives.ReadInt64LittleEndian(write.Read(Counter));

    /// <returns>What the counter is then.</returns>
    private static long Add(WriteTransaction write, List<ulong>? numbers = null)
    {
        long value = Read(write) + 1;
        BinaryPrimitives.WriteInt64LittleEndian(write.Write(Counter), value);
        numbers?.Add(write.Number.Value);
        return value;
    }

    private static void AssertCounts(PageFile file, long value, long number)
    {
        using ReadTransaction read = file.BeginRead();
        Assert.Equal((ulong)number, read.Number.Value);
        Assert.Equal(value, BinaryPrimitives.ReadInt64LittleEndian(read.Read(Counter)));
        Assert.Empty(read.Verify().Problems);
    }
}
