using Quire.Locking;
using Quire.Storage;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>locks-selfcheck [default|portable]</c>: exercises the lock backend of the system it runs on,
/// whatever that is, on a temporary file. Prints "ok NAME" or "FAIL NAME: REASON" per check; exit
/// code 0 when all are ok, else 1.
/// </summary>
/// <remarks>
/// Where the backend has no shared locks, what is expected of two shared requests changes
/// accordingly. Every check works on fresh open files and on a lock byte where the engine has its
/// own, far past the end of the file.
/// </remarks>
internal static class LocksSelfCheckRole
{
    private static readonly LockRange Byte = LockBytes.RangeOf(LockName.Main);

    public static int Run(string[] args)
    {
        var backend = args.Length > 0
            ? Enum.Parse<LockBackend>(args[0], ignoreCase: true)
            : LockBackend.Default;
        StorageHost host = OperatingSystemHost.Create(
            new OperatingSystemHostOptions { LockBackend = backend });
        DirectoryInfo directory = Directory.CreateTempSubdirectory("quire-locks-");
        string path = Path.Combine(directory.FullName, "checked");
        try
        {
            File.WriteAllBytes(path, new byte[100]);
            bool allPassed = true;
            foreach ((string name, Action<Trio> check) in Checks())
            {
                allPassed &= RunOne(name, check, host, path);
            }

            return allPassed ? 0 : 1;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static bool RunOne(string name, Action<Trio> check, StorageHost host, string path)
    {
        try
        {
            using var trio = new Trio(host, path);
            check(trio);
            Console.WriteLine($"ok {name}");
            return true;
        }
        catch (Exception error) when (error is IOException or QuireException
            or InvalidOperationException or UnauthorizedAccessException)
        {
            Console.WriteLine(
                $"FAIL {name}: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}");
            return false;
        }
    }

    private static IEnumerable<(string Name, Action<Trio> Check)> Checks() =>
    [
        ("shared-and-shared", SharedAndShared),
        ("shared-refuses-exclusive", SharedRefusesExclusive),
        ("exclusive-refuses-both", ExclusiveRefusesBoth),
        ("release-frees", ReleaseFrees),
        ("release-of-nothing-is-nothing", ReleaseOfNothing),
        ("one-release-undoes-two-acquisitions", OneReleaseUndoesTwo),
        ("upgrade-alone", UpgradeAlone),
        ("refused-upgrade-keeps-shared", RefusedUpgradeKeepsShared),
        ("downgrade-lets-readers-in", DowngradeLetsReadersIn),
        ("downgrade-then-one-release-frees", DowngradeThenRelease),
        ("unlock-is-exact", UnlockIsExact),
        ("locks-past-the-end-leave-data-alone", LocksLeaveDataAlone),
        ("close-releases", CloseReleases),
        ("probe-holds-nothing", ProbeHoldsNothing),
        ("wait-ends-by-itself", WaitEnds),
    ];

    private static void SharedAndShared(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "the first shared lock was refused");
        bool shares = t.A.Capabilities.HasFlag(LockCapabilities.Shared);
        Expect(t.B.TryAcquire(Byte, LockMode.Shared) == shares, "the second is not as promised");
    }

    private static void SharedRefusesExclusive(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "shared was refused");
        Expect(!t.B.TryAcquire(Byte, LockMode.Exclusive), "exclusive was granted beside shared");
    }

    private static void ExclusiveRefusesBoth(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        Expect(!t.B.TryAcquire(Byte, LockMode.Shared), "shared was granted beside exclusive");
        Expect(!t.C.TryAcquire(Byte, LockMode.Exclusive), "exclusive was granted twice");
    }

    private static void ReleaseFrees(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        t.A.Release(Byte);
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "the released lock is not free");
    }

    private static void ReleaseOfNothing(Trio t)
    {
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        t.A.Release(Byte);
        Expect(!t.A.TryAcquire(Byte, LockMode.Shared), "a stranger's release freed the lock");
    }

    private static void OneReleaseUndoesTwo(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "asking again was refused");
        t.A.Release(Byte);
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "the lock was held twice");
    }

    private static void UpgradeAlone(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "shared was refused");
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "the upgrade was refused");
        Expect(!t.B.TryAcquire(Byte, LockMode.Shared), "the upgraded lock is still shared");
        t.A.Release(Byte);
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "one release did not free it");
    }

    private static void RefusedUpgradeKeepsShared(Trio t)
    {
        if (!t.A.Capabilities.HasFlag(LockCapabilities.Shared))
        {
            return;
        }

        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "shared was refused");
        Expect(t.B.TryAcquire(Byte, LockMode.Shared), "the second shared was refused");
        Expect(!t.A.TryAcquire(Byte, LockMode.Exclusive), "upgraded beside another reader");
        t.B.Release(Byte);
        Expect(!t.C.TryAcquire(Byte, LockMode.Exclusive), "the shared lock was lost");
        t.A.Release(Byte);
        Expect(t.C.TryAcquire(Byte, LockMode.Exclusive), "one release did not free it");
    }

    private static void DowngradeLetsReadersIn(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "the downgrade was refused");
        Expect(!t.C.TryAcquire(Byte, LockMode.Exclusive), "the downgraded lock holds nothing");
        bool shares = t.A.Capabilities.HasFlag(LockCapabilities.Shared);
        Expect(t.B.TryAcquire(Byte, LockMode.Shared) == shares, "a reader is not as promised");
    }

    private static void DowngradeThenRelease(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        Expect(t.A.TryAcquire(Byte, LockMode.Shared), "the downgrade was refused");
        t.A.Release(Byte);
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "one release did not free it");
    }

    private static void UnlockIsExact(Trio t)
    {
        var next = new LockRange(Byte.Offset + 1);
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "the first byte was refused");
        Expect(t.A.TryAcquire(next, LockMode.Exclusive), "the next byte was refused");
        t.A.Release(Byte);
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "the released byte is not free");
        Expect(!t.B.TryAcquire(next, LockMode.Exclusive), "the neighbour was released too");
    }

    private static void LocksLeaveDataAlone(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        t.FileB.Write(10, "data"u8);
        Span<byte> read = stackalloc byte[4];
        Expect(t.FileB.Read(10, read) == 4 && read.SequenceEqual("data"u8), "data was not read");
        t.FileB.Sync();
        Expect(t.FileB.GetLength() == 100, "the lock changed the length");
    }

    private static void CloseReleases(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        t.FileA.Dispose();
        Expect(t.B.TryAcquire(Byte, LockMode.Exclusive), "the lock outlived its file");
    }

    private static void ProbeHoldsNothing(Trio t)
    {
        if (!t.A.Capabilities.HasFlag(LockCapabilities.Probe))
        {
            return;
        }

        Expect(!t.A.IsRefused(Byte, LockMode.Exclusive), "a free byte is reported as held");
        Expect(t.B.TryAcquire(Byte, LockMode.Shared), "the probe holds a lock");
        Expect(t.A.IsRefused(Byte, LockMode.Exclusive), "a held byte is reported as free");
        Expect(!t.A.IsRefused(Byte, LockMode.Shared), "a shareable byte is reported as refused");
    }

    private static void WaitEnds(Trio t)
    {
        Expect(t.A.TryAcquire(Byte, LockMode.Exclusive), "exclusive was refused");
        for (int i = 0; i < 10; i++)
        {
            t.B.WaitForChange(Byte, LockMode.Exclusive, TimeSpan.FromMilliseconds(1));
        }
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    /// <summary>Three independent open files of one path.</summary>
    private sealed class Trio(StorageHost host, string path) : IDisposable
    {
        public IStorageFile FileA { get; } = host.Files.Open(path, FileOpenMode.ReadWrite);

        public IStorageFile FileB { get; } = host.Files.Open(path, FileOpenMode.ReadWrite);

        public IStorageFile FileC { get; } = host.Files.Open(path, FileOpenMode.ReadWrite);

        public IByteRangeLocks A => host.Locks.LocksOf(FileA);

        public IByteRangeLocks B => host.Locks.LocksOf(FileB);

        public IByteRangeLocks C => host.Locks.LocksOf(FileC);

        public void Dispose()
        {
            FileA.Dispose();
            FileB.Dispose();
            FileC.Dispose();
        }
    }
}
