using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// The C library calls that Quire makes on Unix, with the differences between ABIs ironed out.
/// Every call returns what the C function returns; the error number is
/// <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
/// <remarks>
/// <para>
/// Two ABIs need care. <c>open</c> and <c>fcntl</c> are variadic, and on Apple arm64 variadic
/// arguments travel on the stack while a plain P/Invoke puts them in registers: six padding
/// arguments fill the registers so that the seventh lands where the callee looks.
/// </para>
/// <para>
/// On 32-bit glibc the plain names take 32-bit offsets; the names ending in 64 are bound there. A
/// C library without those names (musl) has 64-bit offsets under the plain ones.
/// </para>
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class UnixNative
{
    private static readonly bool StackVariadics =
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static readonly bool LargeFileNames =
        nint.Size == 4 && OperatingSystem.IsLinux() &&
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "fcntl64", out _);

    public static int Open(string path, int flags, int mode) =>
        StackVariadics ? OpenApple(path, flags, 0, 0, 0, 0, 0, 0, mode)
        : LargeFileNames ? Open64(path, flags, mode)
        : OpenPlain(path, flags, mode);

    /// <param name="file">The descriptor.</param>
    /// <param name="command">An F_ constant.</param>
    /// <param name="argument">A pointer for the commands that take one, else null.</param>
    public static int Fcntl(SafeFileHandle file, int command, void* argument) =>
        StackVariadics ? FcntlApple(file, command, 0, 0, 0, 0, 0, 0, (nint)argument)
        : LargeFileNames ? Fcntl64(file, command, (nint)argument)
        : FcntlPlain(file, command, (nint)argument);

    public static nint PRead(SafeFileHandle file, byte* buffer, nuint count, long offset) =>
        LargeFileNames ? PRead64(file, buffer, count, offset)
        : PReadPlain(file, buffer, count, offset);

    public static nint PWrite(SafeFileHandle file, byte* buffer, nuint count, long offset) =>
        LargeFileNames ? PWrite64(file, buffer, count, offset)
        : PWritePlain(file, buffer, count, offset);

    public static int FTruncate(SafeFileHandle file, long length) =>
        LargeFileNames ? FTruncate64(file, length) : FTruncatePlain(file, length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeFileHandle file);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    /// <summary>Sleeps for less than a second; may return early on a signal.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    public static partial int Sleep(uint microseconds);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPlain(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "open64", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open64(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenApple(
        string path, int flags, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, nint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FcntlPlain(SafeFileHandle file, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "fcntl64", SetLastError = true)]
    private static partial int Fcntl64(SafeFileHandle file, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FcntlApple(
        SafeFileHandle file, int command,
        nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, nint argument);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PReadPlain(
        SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static partial nint PRead64(
        SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWritePlain(
        SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    private static partial nint PWrite64(
        SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FTruncatePlain(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int FTruncate64(SafeFileHandle file, long length);
}
