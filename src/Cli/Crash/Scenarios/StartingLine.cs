using Quire.CrashLab;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Crash;

/// <summary>
/// Keeps readers in the middle of a transaction until the writer is about to wait for them. By a
/// lock of the simulated computer: the only thing that its scheduler can see somebody wait for.
/// </summary>
internal static class StartingLine
{
    private const string Path = "start";

    private static readonly LockRange Line = new(0);
    private static readonly LockRange Nothing = new(1);

    /// <summary>Closes the line and lets readers come to it.</summary>
    /// <returns>Opens it.</returns>
    public static IDisposable Close(SimulatedProcess process, int readers)
    {
        IStorageFile file = process.Host.Files.Open(Path, FileOpenMode.OpenOrCreate);
        IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
        locks.TryAcquire(Line, LockMode.Exclusive);
        for (int i = 0; i < readers; i++)
        {
            // The adversary goes on with others while somebody waits, whatever for.
            locks.WaitForChange(Nothing, LockMode.Exclusive, TimeSpan.FromMilliseconds(1));
        }

        return file;
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

    /// <summary>Opens the line as soon as a writer has closed the gate.</summary>
    public sealed class OpenAtGate(IDisposable line) : ProtocolObserver
    {
        public override void OnLock(LockName name, LockMode? mode)
        {
            if (name == LockName.Gate && mode == LockMode.Exclusive)
            {
                line.Dispose();
            }
        }
    }
}
