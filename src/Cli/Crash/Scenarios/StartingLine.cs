using Quire.CrashLab;
using Quire.Storage;

namespace Quire.Cli.Crash;

/// <summary>
/// Lets a process wait until others are where they shall be, by locks of the simulated computer: the
/// only thing that its scheduler can see somebody wait for.
/// </summary>
internal static class StartingLine
{
    private const string Path = "start";

    private static readonly LockRange Line = new(0);
    private static readonly LockRange Nothing = new(1);

    /// <summary>Closes the line, lets others come to it while they can go on, and opens it.</summary>
    public static void GiveWay(SimulatedProcess process)
    {
        using IStorageFile file = process.Host.Files.Open(Path, FileOpenMode.OpenOrCreate);
        IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
        locks.TryAcquire(Line, LockMode.Exclusive);
        locks.WaitForChange(Nothing, LockMode.Exclusive, TimeSpan.FromMilliseconds(1));
        locks.Release(Line);
    }

    /// <summary>Waits until the line is open.</summary>
    public static void Pass(SimulatedProcess process)
    {
        using IStorageFile file = process.Host.Files.Open(Path, FileOpenMode.OpenOrCreate);
        IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
        while (!locks.TryAcquire(Line, LockMode.Shared))
        {
            locks.WaitForChange(Line, LockMode.Shared, TimeSpan.FromMilliseconds(1));
        }
    }
}
