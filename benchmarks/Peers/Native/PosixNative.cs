using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quire.Peers.Native;

/// <summary>What the floor needs of the C library.</summary>
internal static partial class PosixNative
{
    public const int LockExclusive = 2;
    public const int Unlock = 8;

    private const int ReadWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
    private const int OwnerReadsAndWrites = 0x180;

    /// <summary>Opens a file, on Linux; makes it when there is none.</summary>
    public static SafeFileHandle OpenFile(string path)
    {
        int descriptor = Open(path, ReadWriteCreateCloseOnExec, OwnerReadsAndWrites);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException(
                $"Cannot open {path}: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>
    /// This thread runs when nobody else wants to. Without the right to that, or the system for it,
    /// it stays what it is.
    /// </summary>
    public static void BecomeIdlePriority()
    {
        const int idle = 5;
        int priority = 0;
        if (OperatingSystem.IsLinux())
        {
            _ = SetScheduler(0, idle, priority);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
