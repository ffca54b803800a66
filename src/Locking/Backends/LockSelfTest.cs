using System.Collections.Concurrent;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Proves on the file at hand that two open file descriptions of one process exclude each other:
/// the property that everything else rests on, and that file systems which merely accept the
/// request do not give.
/// </summary>
/// <remarks>
/// <para>
/// The byte tested is a random one of 2^31 below the lock bytes, so that processes which test at
/// the same moment do not meet. A device that has passed is not tested again by this process.
/// </para>
/// <para>
/// Left out: a file opened for reading only, where the exclusive half of the test is impossible,
/// and a file that lost its name since it was opened. What the test cannot see: two machines, or a
/// virtual machine and its host, that do not see each other's locks.
/// </para>
/// </remarks>
internal static class LockSelfTest
{
    public const long RegionLength = 1L << 31;
    public const long RegionStart = LockBytes.Base - RegionLength;

    private const int Attempts = 8;

    private static readonly ConcurrentDictionary<ulong, bool> Passed = new();

    /// <exception cref="QuireException">Locks do not work on this file.</exception>
    public static void Run(OsFile file, IByteRangeLocks locks)
    {
        if (!file.CanWrite || Passed.ContainsKey(file.Identity.Device))
        {
            return;
        }

        using OsFile? second = TryOpenAgain(file);
        if (second is null)
        {
            return;
        }

        IByteRangeLocks secondLocks = OperatingSystem.IsWindows()
            ? new WindowsLocks(second)
            : new OfdLocks(second);
        second.Locks = secondLocks;
        RequireConflict(file.Path, locks, secondLocks);
        Passed[file.Identity.Device] = true;
    }

    /// <summary>The test itself, apart from how the two open files came about.</summary>
    /// <exception cref="QuireException">The second owner got what the first holds.</exception>
    internal static void RequireConflict(
        string path, IByteRangeLocks first, IByteRangeLocks second)
    {
        LockRange range = default;
        bool held = false;
        for (int attempt = 0; attempt < Attempts && !held; attempt++)
        {
            range = new LockRange(RegionStart + Random.Shared.NextInt64(RegionLength));
            held = first.TryAcquire(range, LockMode.Exclusive);
        }

        if (!held)
        {
            throw Failed(path, $"{Attempts} random bytes were all locked by others");
        }

        bool conflict;
        try
        {
            conflict = !second.TryAcquire(range, LockMode.Shared);
        }
        finally
        {
            first.Release(range);
        }

        if (!conflict)
        {
            second.Release(range);
            throw Failed(path, $"byte {range.Offset} was locked exclusively and shared at once");
        }

        if (!second.TryAcquire(range, LockMode.Shared))
        {
            throw Failed(path, $"byte {range.Offset} stayed locked after its release");
        }

        second.Release(range);
    }

    private static OsFile? TryOpenAgain(OsFile file)
    {
        OsFile second;
        try
        {
            second = OsFile.Open(file.Path, FileOpenMode.ReadOnly);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        if (second.Identity == file.Identity)
        {
            return second;
        }

        second.Dispose();
        return null;
    }

    private static QuireException Failed(string path, string what) => new(
        QuireErrorCode.LockingUnsupported,
        $"{path}: byte-range locks do not work on this file system: {what}");
}
