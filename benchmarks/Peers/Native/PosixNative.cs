using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quire.Peers.Native;

/// <summary>What the floor needs of the C library.</summary>
internal static partial class PosixNative
{
    public const int LockExclusive = 2;
    public const int Unlock = 8;

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);
}
