using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.CrashLab.Simulation;

/// <summary>What is left of a process that is killed: what it gave to the system, and nothing else.</summary>
public sealed class KilledProcessTests
{
    private readonly SimulatedComputer _computer = new();

    [Theory]
    [InlineData(LockRules.OpenFile)]
    [InlineData(LockRules.Process)]
    [InlineData(LockRules.Windows)]
    public void Its_locks_are_free(LockRules rules)
    {
        var computer = new SimulatedComputer { LockRules = rules };
        SimulatedProcess dies = computer.StartProcess("dies");
        SimulatedProcess lives = computer.StartProcess("lives");
        IByteRangeLocks held = dies.LocksOf(dies.Open("f", FileOpenMode.OpenOrCreate));
        IByteRangeLocks wanted = lives.LocksOf(lives.Open("f", FileOpenMode.ReadWrite));
        Assert.True(held.TryAcquire(new LockRange(1), LockMode.Exclusive));
        Assert.False(wanted.TryAcquire(new LockRange(1), LockMode.Shared));

        computer.Kill(dies);

        Assert.True(wanted.TryAcquire(new LockRange(1), LockMode.Exclusive));
    }

    [Fact]
    public void What_it_wrote_is_seen_and_what_it_kept_to_itself_is_gone()
    {
        SimulatedProcess dies = _computer.StartProcess("dies");
        SimulatedProcess lives = _computer.StartProcess("lives");
        Stream buffered = dies.Files.Open("a", FileMode.Create, FileAccess.Write, 4096);
        buffered.Write([1, 2, 3]);
        IStorageFile direct = dies.Open("b", FileOpenMode.OpenOrCreate);
        direct.Write(0, [1, 2, 3]);

        // A stream's buffer is memory of its process: not even there before it is flushed.
        Assert.Equal(0, Length(lives, "a"));
        Assert.Equal(3, Length(lives, "b"));
        _computer.Kill(dies);
        Assert.Throws<ProcessKilledException>(buffered.Dispose);

        Assert.Equal(0, Length(lives, "a"));
        Assert.Equal(3, Length(lives, "b"));
    }

    [Fact]
    public void It_can_do_nothing_any_more()
    {
        SimulatedProcess dies = _computer.StartProcess("dies");
        IStorageFile file = dies.Open("f", FileOpenMode.OpenOrCreate);
        _computer.Kill(dies);

        Assert.Throws<ProcessKilledException>(() => file.Write(0, [1]));
        Assert.Throws<ProcessKilledException>(() => dies.Acknowledge("done"));
        Assert.Throws<ProcessKilledException>(() => dies.Open("g", FileOpenMode.OpenOrCreate));
        file.Dispose();
        Assert.Equal(0, _computer.Disk.Find("/f")!.Cached.Length);
        Assert.Empty(_computer.Promises().Acknowledged);
    }

    [Fact]
    public void Processes_have_their_own_time_and_chance_and_both_repeat_themselves()
    {
        SimulatedProcess left = _computer.StartProcess("left");
        SimulatedProcess right = _computer.StartProcess("right");
        SimulatedProcess leftAgain = new SimulatedComputer().StartProcess("left");
        left.LocksOf(left.Open("f", FileOpenMode.OpenOrCreate))
            .WaitForChange(new LockRange(1), LockMode.Shared, TimeSpan.FromSeconds(3));

        Assert.Equal(
            TimeSpan.FromSeconds(3), left.Host.Clock.GetElapsedTime(0, left.Host.Clock.GetTimestamp()));
        Assert.Equal(0, right.Host.Clock.GetTimestamp());
        int drawn = left.Host.Random.Next();
        Assert.NotEqual(drawn, right.Host.Random.Next());
        Assert.Equal(drawn, leftAgain.Host.Random.Next());
    }

    private static long Length(SimulatedProcess process, string path)
    {
        using IStorageFile file = process.Open(path, FileOpenMode.ReadOnly);
        return file.GetLength();
    }
}
