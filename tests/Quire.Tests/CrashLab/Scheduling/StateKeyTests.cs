using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.CrashLab.Scheduling;

/// <summary>What tells two global states apart, where equal bytes and equal answers do not.</summary>
public sealed class StateKeyTests
{
    [Fact]
    public void The_order_of_a_write_and_the_rename_of_its_file_is_part_of_the_state()
    {
        // Under a model in which a rename brings what was written before it.
        UInt128 before = KeyAfter((process, file) =>
        {
            file.Write(0, [1]);
            process.Rename("f", "g");
        });
        UInt128 after = KeyAfter((process, file) =>
        {
            process.Rename("f", "g");
            file.Write(0, [1]);
        });

        Assert.NotEqual(before, after);
    }

    [Fact]
    public void What_was_cut_off_a_file_is_part_of_the_state_although_no_program_can_read_it()
    {
        // Under a model in which a file that grows again may show what it held there.
        UInt128[] keys =
        [
            .. new byte[] { 1, 2 }.Select(value => KeyAfter((_, file) =>
            {
                file.Write(512, [value]);
                file.SetLength(512);
                file.Sync();
            })),
        ];

        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public void Equal_bytes_after_a_sync_are_one_state_however_they_came_to_be()
    {
        UInt128 once = KeyAfter((_, file) =>
        {
            file.Write(0, [1, 2]);
            file.Sync();
        });
        UInt128 bit = KeyAfter((_, file) =>
        {
            file.Write(1, [2]);
            file.Write(0, [1]);
            file.Sync();
        });

        Assert.Equal(once, bit);
    }

    [Fact]
    public void Who_holds_a_lock_is_something_that_a_process_has_seen()
    {
        // Asking is no operation, so that messages can name holders; the answer counts all the same.
        var outcomes = new HashSet<string>();
        var scenario = new ConcurrentScenario
        {
            Processes = [new NamedProgram("holds", Hold), new NamedProgram("asks", Ask)],
            Check = (_, promises) => outcomes.Add(promises.Acknowledged[0]),
        };
        ScheduleReport report = ScheduleExplorer.Explore(scenario);

        Assert.Null(report.Failure);
        Assert.Equal(["saw 0", "saw 1"], outcomes.Order(StringComparer.Ordinal));

        static void Hold(SimulatedProcess process)
        {
            using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
            IByteRangeLocks locks = process.LocksOf(file);
            locks.TryAcquire(new LockRange(2), LockMode.Exclusive);
            locks.TryAcquire(new LockRange(1), LockMode.Exclusive);
            locks.Release(new LockRange(1));
        }

        static void Ask(SimulatedProcess process)
        {
            using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
            IByteRangeLocks locks = process.LocksOf(file);
            int seen = locks.FindHolders(new LockRange(1)).Count;
            while (!locks.TryAcquire(new LockRange(2), LockMode.Exclusive))
            {
                locks.WaitForChange(
                    new LockRange(2), LockMode.Exclusive, TimeSpan.FromSeconds(1));
            }

            process.Acknowledge($"saw {seen}");
        }
    }

    private static UInt128 KeyAfter(Action<SimulatedProcess, IStorageFile> program)
    {
        var computer = new SimulatedComputer();
        SimulatedProcess process = computer.StartProcess("p");
        using IStorageFile file = process.Open("f", FileOpenMode.OpenOrCreate);
        program(process, file);
        return computer.DiskKey(withOrder: false);
    }
}
