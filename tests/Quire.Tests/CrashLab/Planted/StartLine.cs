using Quire.CrashLab;
using Quire.Storage;

namespace Quire.Tests.CrashLab.Planted;

/// <summary>
/// A lock that holds processes back until all of them are where a test wants them. Needed against
/// the adversary that lets a victim run until it waits: here the victim waits for nothing, on
/// purpose, so that the others come up to the line.
/// </summary>
internal sealed class StartLine
{
    private static readonly LockRange Line = new(0);
    private static readonly LockRange Nothing = new(1);
    private readonly IByteRangeLocks _locks;

    public StartLine(SimulatedProcess process) => _locks =
        process.Host.Locks.LocksOf(process.Open("line", FileOpenMode.OpenOrCreate));

    /// <summary>Nobody passes from now on.</summary>
    public void Close() => LabFile.Expect(
        _locks.TryAcquire(Line, LockMode.Exclusive), "the line is somebody else's");

    /// <summary>Lets everybody else run until they stand at the line.</summary>
    public void LetOthersComeUp()
    {
        // A wait for a lock that is free gives the others a few dozen operations at most.
        for (int i = 0; i < 10; i++)
        {
            _locks.WaitForChange(Nothing, LockMode.Shared, TimeSpan.FromMilliseconds(1));
        }
    }

    public void Open() => _locks.Release(Line);

    /// <summary>Stands at the line until it is open.</summary>
    public void Await()
    {
        while (!_locks.TryAcquire(Line, LockMode.Shared))
        {
            _locks.WaitForChange(Line, LockMode.Shared, TimeSpan.FromMilliseconds(1));
        }
    }
}
