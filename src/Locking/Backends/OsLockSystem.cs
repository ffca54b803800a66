using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Chooses the backend for each open file, once, after checking that its locks can be relied on.
/// </summary>
/// <remarks>
/// The checks are made when the locks of an open file are first asked for, and a failed one is an
/// error; there is no silent change to a weaker kind of lock. Thread-safe.
/// </remarks>
internal sealed class OsLockSystem(OperatingSystemHostOptions options) : ILockSystem
{
    private readonly Lock _mutex = new();

    /// <inheritdoc/>
    public IByteRangeLocks LocksOf(IStorageFile file)
    {
        OsFile osFile = Unwrap(file);
        osFile.ThrowIfDisposed();
        lock (_mutex)
        {
            return osFile.Locks ??= Make(osFile);
        }
    }

    private IByteRangeLocks Make(OsFile file)
    {
        FileSystemKind kind = FileSystemKind.Of(file);
        if (!options.AllowNetworkFileSystem)
        {
            RefuseUnlessLocal(file.Path, kind);
        }

        if (options.LockBackend == LockBackend.Portable)
        {
            return MakePortable(file);
        }

        IByteRangeLocks locks;
        if (OperatingSystem.IsWindows())
        {
            locks = new WindowsLocks(file);
        }
        else
        {
            locks = new OfdLocks(file, kind.IsLocal);
        }

        LockSelfTest.Run(file, locks);
        return locks;
    }

    private PortableLocks MakePortable(OsFile file)
    {
        if (OperatingSystem.IsMacOS())
        {
            throw new QuireException(
                QuireErrorCode.LockingUnsupported,
                $"{file.Path}: the portable lock fallback does not exist on macOS " +
                "(FileStream.Lock throws); use the default backend.");
        }

        return new PortableLocks(file, owner: this);
    }

    /// <exception cref="QuireException">The file system is not local.</exception>
    internal static void RefuseUnlessLocal(string path, FileSystemKind kind)
    {
        if (!kind.IsLocal)
        {
            throw new QuireException(
                QuireErrorCode.LockingUnsupported,
                $"{path}: lies on {kind.Name}, where byte-range locks are granted by someone " +
                "else and may be lost or granted twice. Put the file on a local file system, " +
                "or, if its locks are known to work, set " +
                $"{nameof(OperatingSystemHostOptions)}." +
                $"{nameof(OperatingSystemHostOptions.AllowNetworkFileSystem)}.");
        }
    }

    private static OsFile Unwrap(IStorageFile file) => file switch
    {
        OsFile osFile => osFile,
        LatchedFile latched => Unwrap(latched.Inner),
        _ => throw new ArgumentException(
            "The file was not opened by the file system of this host.", nameof(file)),
    };
}
