using Quire.Locking;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Protocol;

/// <summary>
/// The queue in front of the journal lock: one at a time, nobody passed for ever, nobody lost.
/// </summary>
public sealed class FifoQueueTests
{
    [Fact]
    public void Those_who_wait_enter_in_the_order_of_arrival()
    {
        var queue = new FifoQueue();
        Assert.True(queue.Enter(Within(TimeSpan.Zero)));
        var order = new List<int>();
        var threads = new List<OtherThread>();
        for (int i = 0; i < 8; i++)
        {
            int number = i;
            threads.Add(OtherThread.Start(() =>
            {
                Assert.True(queue.Enter(Within(Timeout.InfiniteTimeSpan)));
                order.Add(number);
                queue.Exit();
            }));
            Eventually.True(() => queue.Waiting == number + 1, "the thread waits");
        }

        queue.Exit();
        threads.ForEach(thread => thread.Join());
        Assert.Equal(Enumerable.Range(0, 8), order);
        Assert.True(queue.TryEnter());
    }

    [Fact]
    public void Who_is_awake_passes_those_who_wait_so_many_times_and_no_more()
    {
        var queue = new FifoQueue();
        Assert.True(queue.TryEnter());
        using var leave = new ManualResetEventSlim();
        bool isIn = false;
        OtherThread waiting = OtherThread.Start(() =>
        {
            Assert.True(queue.Enter(Within(Timeout.InfiniteTimeSpan)));
            isIn = true;
            Assert.True(leave.Wait(Eventually.Limit));
            queue.Exit();
        });
        Eventually.True(() => queue.Waiting == 1, "the thread waits");
        int passes = -1;
        do
        {
            queue.Exit();
            passes++;
        }
        while (queue.Enter(Within(TimeSpan.Zero)));

        // It was woken at once, and may have been faster.
        Assert.InRange(passes, 0, FifoQueue.MaximumPasses);
        Eventually.True(() => isIn, "the thread is in");
        Assert.False(queue.TryEnter());
        leave.Set();
        waiting.Join();
        Assert.True(queue.TryEnter());
    }

    /// <summary>
    /// One that was woken and finds its time up must not take the wake along: nobody else would be
    /// woken.
    /// </summary>
    [Fact]
    public async Task Whoever_is_woken_and_gives_up_wakes_the_next()
    {
        var queue = new FifoQueue();
        for (int i = 0; i < 500; i++)
        {
            Assert.True(queue.TryEnter());
            using var cancellation = new CancellationTokenSource();
            Task<bool> first =
                queue.EnterAsync(Within(Timeout.InfiniteTimeSpan, cancellation.Token)).AsTask();
            Task<bool> second = queue.EnterAsync(Within(Timeout.InfiniteTimeSpan)).AsTask();
            Task exit = Task.Run(queue.Exit);
            cancellation.Cancel();
            await exit;
            if (await Record.ExceptionAsync(() => first) is null)
            {
                queue.Exit();
            }

            Assert.True(await second.WaitAsync(Eventually.Limit));
            queue.Exit();
        }
    }

    [Fact]
    public void Whoever_gives_up_is_passed_over()
    {
        var queue = new FifoQueue();
        Assert.True(queue.TryEnter());
        Assert.False(queue.Enter(Within(TimeSpan.FromMilliseconds(1))));
        using var cancellation = new CancellationTokenSource();
        OtherThread cancelled = OtherThread.Start(() => Assert.ThrowsAny<OperationCanceledException>(
            () => queue.Enter(Within(Timeout.InfiniteTimeSpan, cancellation.Token))));
        Eventually.True(() => queue.Waiting == 1, "the thread waits");
        cancellation.Cancel();
        cancelled.Join();
        Assert.Equal(0, queue.Waiting);
        queue.Exit();
        Assert.True(queue.TryEnter());
    }

    [Fact]
    public void To_leave_without_having_entered_is_an_error() =>
        Assert.Throws<InvalidOperationException>(() => new FifoQueue().Exit());

    /// <summary>
    /// Timeouts and cancellations race with the hand-over; the turn is never lost or doubled.
    /// </summary>
    [Fact]
    public void A_turn_is_neither_lost_nor_given_twice_when_time_runs_out_at_that_moment()
    {
        const int threads = 6;
        const int rounds = 3000;
        var queue = new FifoQueue();
        int inside = 0;
        int most = 0;
        int entered = 0;
        int gaveUp = 0;
        OtherThread[] all =
        [
            .. Enumerable.Range(0, threads).Select(seed => OtherThread.Start(() =>
            {
                var random = new Random(seed);
                for (int i = 0; i < rounds; i++)
                {
                    if (!EnterOrGiveUp(queue, random))
                    {
                        Interlocked.Increment(ref gaveUp);
                        continue;
                    }

                    int now = Interlocked.Increment(ref inside);
                    InterlockedMax(ref most, now);
                    Interlocked.Increment(ref entered);
                    Thread.SpinWait(random.Next(200));
                    Interlocked.Decrement(ref inside);
                    queue.Exit();
                }
            })),
        ];
        Assert.All(all, thread => thread.Join());
        Assert.Equal(1, most);
        Assert.Equal(threads * rounds, entered + gaveUp);
        Assert.True(entered > 0);
        Assert.Equal(0, queue.Waiting);
        Assert.True(queue.TryEnter());
    }

    private static bool EnterOrGiveUp(FifoQueue queue, Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                return queue.Enter(Within(TimeSpan.FromMilliseconds(random.Next(3))));
            case 1:
                using (var cancellation = new CancellationTokenSource())
                {
                    cancellation.CancelAfter(random.Next(2));
                    try
                    {
                        return queue.Enter(Within(Timeout.InfiniteTimeSpan, cancellation.Token));
                    }
                    catch (OperationCanceledException)
                    {
                        return false;
                    }
                }

            default:
                return queue.Enter(Within(Timeout.InfiniteTimeSpan));
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            seen = Interlocked.CompareExchange(ref target, value, seen);
        }
    }

    private static LockDeadline Within(TimeSpan time, CancellationToken cancellation = default) =>
        LockDeadline.Start(TimeProvider.System, time, cancellation);
}
