namespace Quire.Storage;

/// <summary>
/// The outside world as the engine sees it: files, locks, time and chance. The operating system's
/// is made by <c>OperatingSystemHost.Create</c> in Quire.Locking; a simulator makes its own.
/// </summary>
/// <param name="Files">Opens files.</param>
/// <param name="Locks">Grants byte-range locks on open files of <paramref name="Files"/>.</param>
/// <param name="Clock">Measures waiting times.</param>
public sealed record StorageHost(IFileSystem Files, ILockSystem Locks, TimeProvider Clock)
{
    /// <summary>
    /// Draws file ids and salts. Thread-safe; need not be unpredictable, only unlikely to repeat. A
    /// simulator seeds it, so that a run can be repeated byte for byte.
    /// </summary>
    public Random Random { get; init; } = Random.Shared;
}
