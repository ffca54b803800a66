using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

public sealed class UpdateTests : IDisposable
{
    private static readonly PageNumber Page = new(3);
    private readonly TempFolder _folder = new();
    private readonly PageFile _file;
    private readonly PageFile _other;
    private readonly List<OtherThread> _others = [];

    public UpdateTests()
    {
        string path = _folder.File("a.quire");
        var options = new PageFileOptions { PageSize = 512, LockTimeout = Eventually.Limit };
        _file = PageFile.Open(path, options);
        _other = PageFile.Open(path, options);
        using WriteTransaction write = _file.BeginWrite();
        write.Allocate();
        write.Allocate();
        write.Commit();
    }

    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    public void Dispose()
    {
        Assert.All(_others, other => other.Join());
        _file.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void It_commits_what_the_delegate_did(TransactionMode mode)
    {
        int result = _file.Update(
            write =>
            {
                Assert.Equal((mode, 1), (write.Mode, write.Attempt));
                return ++write.Write(Page)[0];
            },
            new UpdateOptions { Mode = mode });
        Assert.Equal((1, 1), (result, _other.ReadByte(3)));
    }

    [Theory]
    [InlineData(TransactionMode.Deferred)]
    [InlineData(TransactionMode.Optimistic)]
    public void The_delegate_runs_again_on_fresh_data(TransactionMode mode)
    {
        var retries = new List<UpdateRetry>();
        var seen = new List<int>();
        _file.Update(
            write =>
            {
                int value = write.Read(Page)[0];
                seen.Add(value);
                if (seen.Count <= 2)
                {
                    Overtake(write.Mode);
                }

                write.Write(Page)[0] = (byte)(value + 1);
            },
            new UpdateOptions { Mode = mode, OnRetry = retries.Add });
        Assert.Equal([0, 10, 20], seen);
        Assert.Equal(21, _other.ReadByte(3));
        Assert.Equal([1, 2], retries.Select(retry => retry.Attempt));
        Assert.All(retries, retry => Assert.True(
            retry.Reason is StaleReadException or ConflictException));
    }

    [Theory]
    [InlineData(TransactionMode.Deferred)]
    [InlineData(TransactionMode.Optimistic)]
    public void After_some_attempts_it_cannot_be_overtaken_any_more(TransactionMode mode)
    {
        var modes = new List<TransactionMode>();
        _file.Update(
            write =>
            {
                modes.Add(write.Mode);
                Assert.Equal(modes.Count, write.Attempt);
                int value = write.Read(Page)[0];
                if (write.Mode != TransactionMode.Immediate)
                {
                    Overtake(write.Mode);
                }

                write.Write(Page)[0] = (byte)(value + 1);
            },
            new UpdateOptions { Mode = mode, AttemptsBeforeImmediate = 3 });
        Assert.Equal([mode, mode, mode, TransactionMode.Immediate], modes);
    }

    [Fact]
    public void When_the_time_is_over_the_reason_passes_through() =>
        Assert.Throws<ConflictException>(() => _file.Update(
            write =>
            {
                write.Write(Page)[0]++;
                Overtake(write.Mode);
            },
            new UpdateOptions { Mode = TransactionMode.Optimistic, Timeout = TimeSpan.Zero }));

    [Theory]
    [MemberData(nameof(Modes))]
    public void What_the_delegate_throws_rolls_back_and_passes_through(TransactionMode mode)
    {
        int runs = 0;
        Assert.Throws<FormatException>(() => _file.Update(
            write =>
            {
                runs++;
                write.Write(Page)[0] = 1;
                throw new FormatException();
            },
            new UpdateOptions { Mode = mode }));
        Assert.Equal((1, 0), (runs, _file.ReadByte(3)));
    }

    [Fact]
    public void A_conflict_of_another_file_is_the_delegates_own_affair()
    {
        int runs = 0;
        var elsewhere = new ConflictException("elsewhere", 1, 1, 2);
        Assert.Same(elsewhere, Assert.Throws<ConflictException>(() => _file.Update(write =>
        {
            runs++;
            throw elsewhere;
        })));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void A_delegate_that_swallows_the_reason_is_repeated_all_the_same()
    {
        int runs = 0;
        _file.Update(
            write =>
            {
                runs++;
                write.Read(Page);
                if (runs == 1)
                {
                    Overtake(write.Mode);
                    try
                    {
                        write.Write(Page);
                    }
                    catch (StaleReadException)
                    {
                        // As careless code does.
                    }
                }
                else
                {
                    write.Write(Page)[0] = 99;
                }
            },
            new UpdateOptions { Mode = TransactionMode.Deferred });
        Assert.Equal((2, 99), (runs, _file.ReadByte(3)));
    }

    [Fact]
    public void A_delegate_may_commit_or_give_up_itself()
    {
        _file.Update(write =>
        {
            write.Write(Page)[0] = 1;
            write.Commit();
        });
        Assert.Equal(5, _file.Update(write =>
        {
            write.Write(Page)[0] = 2;
            write.Dispose();
            return 5;
        }));
        Assert.Equal(1, _file.ReadByte(3));
    }

    [Fact]
    public void It_is_busy_when_the_lock_is_not_to_be_had_and_the_delegate_does_not_run()
    {
        using WriteTransaction writer = _other.BeginWrite();
        Assert.Throws<BusyException>(() => _file.Update(
            _ => Assert.Fail("must not run"), new UpdateOptions { Timeout = TimeSpan.Zero }));
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => _file.Update(
            write =>
            {
                write.Write(Page)[0]++;
                Overtake(write.Mode);
                cancel.Cancel();
            },
            new UpdateOptions { Mode = TransactionMode.Optimistic },
            cancel.Token));
        Assert.Equal(10, _file.ReadByte(3));
    }

    [Fact]
    public async Task The_asynchronous_one_does_the_same()
    {
        var seen = new List<int>();
        int result = await _file.UpdateAsync(
            async (write, cancellation) =>
            {
                int value = write.Read(Page)[0];
                seen.Add(value);
                await Task.Yield();
                if (seen.Count == 1)
                {
                    Overtake(write.Mode);
                }

                write.Write(Page)[0] = (byte)(value + 1);
                return value + 1;
            },
            new UpdateOptions { Mode = TransactionMode.Optimistic });
        Assert.Equal([0, 10], seen);
        Assert.Equal((11, 11), (result, _file.ReadByte(3)));
        await _file.UpdateAsync((write, _) =>
        {
            write.Write(Page)[0]++;
            return ValueTask.CompletedTask;
        });
        Assert.Equal(12, _file.ReadByte(3));
    }

    /// <summary>
    /// Somebody else adds ten and commits: before this returns, unless a deferred transaction of
    /// the caller holds the commit up; then as soon as it lets go.
    /// </summary>
    private void Overtake(TransactionMode mode)
    {
        using var staged = new ManualResetEventSlim();
        OtherThread other = OtherThread.Start(() =>
        {
            using WriteTransaction write = _other.BeginWrite();
            write.Write(Page)[0] += 10;
            staged.Set();
            write.Commit();
        });
        Assert.True(staged.Wait(Eventually.Limit));
        if (mode == TransactionMode.Deferred)
        {
            _others.Add(other);
        }
        else
        {
            other.Join();
        }
    }
}
