namespace Quire.CrashLab;

/// <summary>Whose byte-range locks a simulated computer has.</summary>
public enum LockRules
{
    /// <summary>
    /// Linux and macOS, open-file-description locks: owned by what one open made, converted
    /// atomically, split and merged byte by byte, gone when that open file is closed.
    /// </summary>
    OpenFile,

    /// <summary>
    /// POSIX locks, those of <c>FileStream.Lock</c> on Linux: owned by the process, so that its
    /// open files never exclude each other, and gone when it closes <em>any</em> open file of the
    /// file.
    /// </summary>
    Process,

    /// <summary>
    /// Windows: owned by the handle, stacked instead of merged, no query, mandatory for reads and
    /// writes, and an upgrade releases before it asks, so that a moment is left in which nothing is
    /// held.
    /// </summary>
    Windows,
}
