using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// Makes the <see cref="StorageHost"/> of the operating system the process runs on.
/// </summary>
public static class OperatingSystemHost
{
    /// <summary>Makes a host: files of the system, its byte-range locks, and its clock.</summary>
    /// <param name="options">What to use and what to accept; null for the defaults.</param>
    /// <returns>
    /// A host for any number of files and threads. With <see cref="LockBackend.Portable"/> make one
    /// host per engine instance: the host is the owner by which two instances are told apart.
    /// </returns>
    public static StorageHost Create(OperatingSystemHostOptions? options = null) => new(
        new OsFileSystem(),
        new OsLockSystem(options ?? new OperatingSystemHostOptions()),
        TimeProvider.System);
}

/// <summary>What <see cref="OperatingSystemHost.Create"/> uses and accepts.</summary>
public sealed record OperatingSystemHostOptions
{
    /// <summary>
    /// The kind of byte-range locks; all processes that share a file must use the same.
    /// </summary>
    public LockBackend LockBackend { get; init; } = LockBackend.Default;

    /// <summary>
    /// Accepts files on network and FUSE file systems, whose locks are not those of this kernel.
    /// Two processes may then be granted one lock, and the file may be damaged. False by default.
    /// </summary>
    public bool AllowNetworkFileSystem { get; init; }
}

/// <summary>A kind of byte-range locks.</summary>
public enum LockBackend
{
    /// <summary>
    /// Open-file-description locks on Linux and macOS, <c>LockFileEx</c> on Windows: shared and
    /// exclusive, owned by the open file.
    /// </summary>
    Default,

    /// <summary>
    /// <see cref="FileStream.Lock"/>, which needs no call outside the base library. Readers exclude
    /// each other; on Linux a file may be open in one engine instance per process, and other code
    /// of the process that opens and closes the file drops its locks. Not on macOS.
    /// </summary>
    Portable,
}
