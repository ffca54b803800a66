using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// Files on Unix by plain system calls: every short read, short write and interrupted call is
/// handled here, and every error becomes an exception with the path and the numbers.
/// </summary>
/// <remarks>
/// <para>
/// Why not <c>File.OpenHandle</c>: it takes a <c>flock</c> for every share mode, which on macOS and
/// on network file systems refuses Quire's own byte-range locks (docs/protocol.md, "Locks").
/// </para>
/// <para>
/// Why nothing is mapped into memory: it would save a system call for each page that is not cached
/// (0.8 us of it), and for each transaction (0.4 us), but whoever reads where a mapped file has been
/// cut is killed, and .NET lets nobody catch that. Somebody can always cut a file, and C8E does.
/// </para>
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal static unsafe class UnixFileCalls
{
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int FullFsync = 51;

    /// <summary>rw-r--r--, less what the process's umask takes away.</summary>
    private const int NewFileMode = 0x1A4;

    private static readonly bool Apple = OperatingSystem.IsMacOS();
    private static readonly int Create = Apple ? 0x200 : 0x40;
    private static readonly int Exclusive = Apple ? 0x800 : 0x80;
    private static readonly int NonBlocking = Apple ? 0x4 : 0x800;
    private static readonly int CloseOnExec = Apple ? 0x1000000 : 0x80000;
    private static readonly int DirectoryOnly = Apple ? 0x100000 : LinuxDirectoryOnly();

    public static SafeFileHandle Open(string path, FileOpenMode mode, out FileIdentity identity)
    {
        int flags = mode switch
        {
            FileOpenMode.ReadOnly => ReadOnly,
            FileOpenMode.ReadWrite => ReadWrite,
            FileOpenMode.OpenOrCreate => ReadWrite | Create,
            FileOpenMode.CreateNew => ReadWrite | Create | Exclusive,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not an open mode."),
        };

        // Non-blocking: opening a FIFO for reading would wait for a writer, perhaps for ever.
        // Regular files do not know the flag.
        SafeFileHandle handle = OpenDescriptor(path, flags | NonBlocking);
        try
        {
            UnixStat stat = UnixStat.Of(handle, path);
            if (!stat.IsRegularFile)
            {
                throw new IOException($"{path}: is {stat.TypeName}, not a regular file");
            }

            identity = stat.Identity;
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static int Read(SafeFileHandle file, string path, long offset, Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            nint count;
            fixed (byte* start = buffer[done..])
            {
                count = UnixNative.PRead(
                    file, start, (nuint)(buffer.Length - done), offset + done);
            }

            if (count == 0)
            {
                break;
            }

            if (count < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Errno.EINTR)
                {
                    continue;
                }

                throw Errno.Failure(
                    path, $"reading {buffer.Length} bytes at {offset} (after {done})", error);
            }

            done += (int)count;
        }

        return done;
    }

    public static void Write(
        SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            nint count;
            fixed (byte* start = bytes[done..])
            {
                count = UnixNative.PWrite(
                    file, start, (nuint)(bytes.Length - done), offset + done);
            }

            if (count > 0)
            {
                done += (int)count;
                continue;
            }

            int error = count < 0 ? Marshal.GetLastPInvokeError() : Errno.EIO;
            if (error != Errno.EINTR)
            {
                throw WriteFailure(
                    path, $"writing {bytes.Length} bytes at {offset} (after {done})", error);
            }
        }
    }

    public static void SetLength(SafeFileHandle file, string path, long length)
    {
        while (UnixNative.FTruncate(file, length) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Errno.EINTR)
            {
                throw WriteFailure(path, $"setting the length to {length} bytes", error);
            }
        }
    }

    public static void Sync(SafeFileHandle file, string path)
    {
        int error;
        do
        {
            error = SyncOnce(file);
        }
        while (error == Errno.EINTR);

        if (error != 0)
        {
            throw Errno.Failure(path, "syncing", error);
        }
    }

    public static void SyncDirectory(string directory)
    {
        using SafeFileHandle handle = OpenDescriptor(directory, ReadOnly | DirectoryOnly);
        int error;
        do
        {
            error = UnixNative.FSync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Errno.EINTR);

        if (error != 0)
        {
            throw Errno.Failure(directory, "syncing the directory", error);
        }
    }

    private static int SyncOnce(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            return UnixNative.FDataSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }

        // fsync on macOS stops at the drive's volatile cache. Only a file system that does not know
        // the stronger request gets the weaker one; any other failure is a failure.
        if (UnixNative.Fcntl(file, FullFsync, null) != -1)
        {
            return 0;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error != Errno.ENOTSUP)
        {
            return error;
        }

        return UnixNative.FSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static SafeFileHandle OpenDescriptor(string path, int flags)
    {
        while (true)
        {
            int descriptor = UnixNative.Open(path, flags | CloseOnExec, NewFileMode);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Errno.EINTR)
            {
                throw Errno.OpenFailure(path, error);
            }
        }
    }

    private static IOException WriteFailure(string path, string operation, int error) =>
        Errno.MeansFull(error)
            ? new StorageFullException(
                $"{path}: no space: {operation} failed: {Errno.Describe(error)}", error)
            : Errno.Failure(path, operation, error);

    /// <summary>The one flag here that Linux numbers by architecture.</summary>
    private static int LinuxDirectoryOnly() =>
        RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le =>
                0x4000,
            _ => 0x10000,
        };
}
