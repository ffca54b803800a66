using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// Files on Windows through the base library, which has no surprises there: no lock is taken at
/// open, and reads and writes are positional.
/// </summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsFileCalls
{
    private const int ErrorHandleDiskFull = 39;
    private const int ErrorDiskFull = 112;
    private const int ErrorDiskQuotaExceeded = 1295;
    private const int ErrorFileTooLarge = 223;
    private const int HResultOfWin32 = unchecked((int)0x80070000);

    public static SafeFileHandle Open(string path, FileOpenMode mode, out FileIdentity identity)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path}: is a directory, not a file");
        }

        FileMode fileMode = mode switch
        {
            FileOpenMode.ReadOnly or FileOpenMode.ReadWrite => FileMode.Open,
            FileOpenMode.OpenOrCreate => FileMode.OpenOrCreate,
            FileOpenMode.CreateNew => FileMode.CreateNew,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not an open mode."),
        };
        FileAccess access =
            mode == FileOpenMode.ReadOnly ? FileAccess.Read : FileAccess.ReadWrite;
        SafeFileHandle handle = File.OpenHandle(
            path, fileMode, access, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            identity = IdentityOf(handle, path);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static FileIdentity? TryIdentify(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return IdentityOf(handle, path);
        }
        catch (Exception absent) when (
            absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static int Read(SafeFileHandle file, long offset, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            int count = RandomAccess.Read(file, buffer[done..], offset + done);
            if (count == 0)
            {
                break;
            }

            done += count;
        }

        return done;
    }

    public static void Write(
        SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (IOException failure) when (MeansFull(failure))
        {
            throw Full(path, $"writing {bytes.Length} bytes at {offset}", failure);
        }
    }

    public static void SetLength(SafeFileHandle file, string path, long length)
    {
        try
        {
            RandomAccess.SetLength(file, length);
        }
        catch (IOException failure) when (MeansFull(failure))
        {
            throw Full(path, $"setting the length to {length} bytes", failure);
        }
    }

    public static void Sync(SafeFileHandle file, string path)
    {
        // Not RandomAccess.FlushToDisk: its failures would not carry the path.
        if (!FlushFileBuffers(file))
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException(
                $"{path}: syncing failed: {Errno.Describe(error)}", HResultOfWin32 | error);
        }
    }

    public static FileStatus StatusOf(SafeFileHandle file, string path)
    {
        FileInformation information = InformationOf(file, path);
        return new FileStatus(
            ((long)information.FileSizeHigh << 32) | information.FileSizeLow,
            information.NumberOfLinks != 0);
    }

    private static FileIdentity IdentityOf(SafeFileHandle file, string path)
    {
        FileInformation information = InformationOf(file, path);
        return new FileIdentity(
            information.VolumeSerialNumber,
            ((ulong)information.FileIndexHigh << 32) | information.FileIndexLow);
    }

    private static FileInformation InformationOf(SafeFileHandle file, string path)
    {
        if (!GetFileInformationByHandle(file, out FileInformation information))
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException(
                $"{path}: asking for its identity failed: {Errno.Describe(error)}");
        }

        return information;
    }

    private static bool MeansFull(IOException failure) =>
        (failure.HResult & 0xFFFF) is
            ErrorHandleDiskFull or ErrorDiskFull or ErrorDiskQuotaExceeded or ErrorFileTooLarge;

    private static StorageFullException Full(
        string path, string operation, IOException failure) =>
        new(
            $"{path}: no space: {operation} failed: {Errno.Describe(failure.HResult & 0xFFFF)}",
            failure.HResult,
            failure);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(
        SafeFileHandle file, out FileInformation information);

    /// <summary>BY_HANDLE_FILE_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FileInformation
    {
        public uint FileAttributes;
        public uint CreationTimeLow;
        public uint CreationTimeHigh;
        public uint LastAccessTimeLow;
        public uint LastAccessTimeHigh;
        public uint LastWriteTimeLow;
        public uint LastWriteTimeHigh;
        public uint VolumeSerialNumber;
        public uint FileSizeHigh;
        public uint FileSizeLow;
        public uint NumberOfLinks;
        public uint FileIndexHigh;
        public uint FileIndexLow;
    }
}
