using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>
/// What befalls programs that read under a shared lock and then want to write, first with plain
/// locks, as in the database that the transaction modes are a catalogue of, and then with Quire:
/// every schedule of two processes.
/// </summary>
public sealed class NaiveLockTests
{
    private static readonly LockRange Byte = new(1L << 40);

    /// <summary>Both hold it shared and wait for it exclusive: each waits for the other.</summary>
    [Fact]
    public void Two_readers_that_upgrade_wait_for_each_other()
    {
        ScheduleReport report = ScheduleExplorer.Explore(Naive(process =>
        {
            using IStorageFile file = process.Host.Files.Open("n", FileOpenMode.ReadWrite);
            IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
            Acquire(locks, LockMode.Shared);
            byte value = ReadByte(file);
            Acquire(locks, LockMode.Exclusive);
            file.Write(0, [(byte)(value + 1)]);
            locks.Release(Byte);
        }));
        Assert.Equal(FailureKind.Deadlock, report.Failure?.Kind);
    }

    /// <summary>
    /// The proposal to let the shared lock go and to try again: no deadlock any more, but the value
    /// was read under a lock that is gone.
    /// </summary>
    [Fact]
    public void A_reader_that_lets_go_and_then_writes_acts_on_stale_data()
    {
        ScheduleReport report = ScheduleExplorer.Explore(Naive(process =>
        {
            using IStorageFile file = process.Host.Files.Open("n", FileOpenMode.ReadWrite);
            IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
            Acquire(locks, LockMode.Shared);
            byte value = ReadByte(file);
            locks.Release(Byte);
            Acquire(locks, LockMode.Exclusive);
            file.Write(0, [(byte)(value + 1)]);
            locks.Release(Byte);
        }));
        Assert.Equal(FailureKind.CheckFailed, report.Failure?.Kind);
        Assert.Contains("1 instead of 2", report.Failure?.Error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<TransactionMode> Modes => [.. Enum.GetValues<TransactionMode>()];

    [Theory]
    [MemberData(nameof(Modes))]
    public void With_update_neither_happens_in_any_schedule(TransactionMode mode)
    {
        ScheduleReport report = ScheduleExplorer.Explore(
            Counting(process =>
            {
                using PageFile file = PageFile.Open("q", OptionsOf(process));
                file.Update(
                    write => ++write.Write(new PageNumber(3))[0],
                    new UpdateOptions { Mode = mode, AttemptsBeforeImmediate = 2 });
            }),
            new ScheduleOptions { Preemptions = 2 });
        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
    }

    /// <summary>
    /// The same by hand: the reason shows as an exception instead of a wrong sum.
    /// </summary>
    [Theory]
    [InlineData(TransactionMode.Deferred)]
    [InlineData(TransactionMode.Optimistic)]
    public void By_hand_it_is_an_exception_in_some_schedules_and_right_in_all(TransactionMode mode)
    {
        int overtaken = 0;
        ScheduleReport report = ScheduleExplorer.Explore(
            Counting(process =>
            {
                using PageFile file = PageFile.Open("q", OptionsOf(process));
                for (bool isDone = false; !isDone;)
                {
                    using WriteTransaction write = file.BeginWrite(mode);
                    try
                    {
                        byte value = write.Read(new PageNumber(3))[0];
                        write.Write(new PageNumber(3))[0] = (byte)(value + 1);
                        write.Commit();
                        isDone = true;
                    }
                    catch (Exception reason) when (
                        reason is StaleReadException or ConflictException)
                    {
                        overtaken++;
                    }
                }
            }),
            new ScheduleOptions { Preemptions = 2 });
        report.ThrowIfFailed();
        Assert.True(report.IsExhaustive);
        Assert.True(overtaken > 0, "no schedule was one in which it matters");
    }

    private static ConcurrentScenario Naive(Action<SimulatedProcess> program) => new()
    {
        Setup = process =>
        {
            using IStorageFile file = process.Host.Files.Open("n", FileOpenMode.CreateNew);
            file.Write(0, [0]);
        },
        Processes = [new NamedProgram("A", program), new NamedProgram("B", program)],
        Check = (process, _) =>
        {
            using IStorageFile file = process.Host.Files.Open("n", FileOpenMode.ReadOnly);
            AssertCount(ReadByte(file));
        },
    };

    private static ConcurrentScenario Counting(Action<SimulatedProcess> program) => new()
    {
        Setup = process =>
        {
            using PageFile file = PageFile.Open("q", OptionsOf(process));
            using WriteTransaction write = file.BeginWrite();
            write.Allocate();
            write.Commit();
        },
        Processes = [new NamedProgram("A", program), new NamedProgram("B", program)],
        Check = (process, _) =>
        {
            using PageFile file = PageFile.Open("q", OptionsOf(process));
            using ReadTransaction read = file.BeginRead();
            AssertCount(read.Read(new PageNumber(3))[0]);
        },
    };

    private static void AssertCount(byte count) =>
        Assert.True(count == 2, $"two increments made it {count} instead of 2");

    private static byte ReadByte(IStorageFile file)
    {
        byte[] value = new byte[1];
        file.Read(0, value);
        return value[0];
    }

    private static void Acquire(IByteRangeLocks locks, LockMode mode)
    {
        while (!locks.TryAcquire(Byte, mode))
        {
            locks.WaitForChange(Byte, mode, TimeSpan.FromMilliseconds(1));
        }
    }

    private static PageFileOptions OptionsOf(SimulatedProcess process) => new()
    {
        Host = process.Host,
        PageSize = 512,
        LockTimeout = Timeout.InfiniteTimeSpan,
    };
}
