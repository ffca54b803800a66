using Quire.Storage;

namespace Quire.Locking;

/// <summary>The lock bytes, in the order in which they may be taken (rule R-order).</summary>
public enum LockName
{
    /// <summary>
    /// Held while a file is being created, and while a sealed file is being opened.
    /// </summary>
    Open,

    /// <summary>
    /// Held shared by every connection to a sealed file; exclusive is only ever tried.
    /// </summary>
    Presence,

    /// <summary>
    /// Held by the first of the writers that wait for the journal, on the journal file too; says
    /// who is next, and protects nothing.
    /// </summary>
    Next,

    /// <summary>
    /// The writer lock, on the journal file: the only lock that can be held for long.
    /// </summary>
    Journal,

    /// <summary>
    /// Held by a writer that wants main exclusively, so that no new reader starts.
    /// </summary>
    Gate,

    /// <summary>Shared by readers; exclusive while pages are applied to the main file.</summary>
    Main,
}

/// <summary>
/// Where the lock bytes lie: near 2^62, past any byte that a file can hold (the largest file is
/// 2^32 pages of 64 KiB, 2^48 bytes). On Windows a locked range refuses other handles' reads and
/// writes, so a lock byte must never coincide with data.
/// </summary>
public static class LockBytes
{
    /// <summary>The first lock byte.</summary>
    public const long Base = (1L << 62) - 4096;

    /// <summary>
    /// The byte of a lock. <see cref="LockName.Journal"/> and <see cref="LockName.Next"/> are on
    /// the journal file, the others on the main file.
    /// </summary>
    public static LockRange RangeOf(LockName name) => name switch
    {
        LockName.Open => new LockRange(Base),
        LockName.Presence => new LockRange(Base + 1),
        LockName.Gate => new LockRange(Base + 2),
        LockName.Main => new LockRange(Base + 3),
        LockName.Journal => new LockRange(Base + 4),
        LockName.Next => new LockRange(Base + 5),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a lock byte."),
    };

    /// <summary>Whether the byte is on the journal file, and not on the main file.</summary>
    public static bool IsOnJournal(LockName name) => name is LockName.Next or LockName.Journal;

    /// <summary>The name used in messages, traces and docs/protocol.md.</summary>
    public static string NameOf(LockName name) => name switch
    {
        LockName.Open => "open",
        LockName.Presence => "presence",
        LockName.Next => "next",
        LockName.Journal => "journal",
        LockName.Gate => "gate",
        LockName.Main => "main",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a lock byte."),
    };
}
