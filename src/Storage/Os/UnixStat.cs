using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// What the system knows of a file: its identity, type, length and links. On Linux by <c>statx</c>, whose
/// structure is the same on every architecture (that of <c>stat</c> is not); on macOS by the
/// <c>stat</c> with 64-bit inode numbers.
/// </summary>
/// <param name="Identity">Device and inode.</param>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Links">How many names it has.</param>
[UnsupportedOSPlatform("windows")]
internal readonly partial record struct UnixStat(
    FileIdentity Identity, ushort Mode, long Length, uint Links)
{
    private const int TypeMask = 0xF000;
    private const int TypeRegular = 0x8000;
    private const int TypeDirectory = 0x4000;

    // statx: see linux/stat.h.
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const int AtDoNotSync = 0x4000;

    /// <summary>
    /// Never the times. Linux gives a file whose times somebody asked for a fine-grained one at its
    /// next write, and the inode is then dirty: on a file system that writes it back with the data,
    /// each of our syncs would pay for a second block.
    /// </summary>
    private const uint TypeInodeSizeAndLinks = 0x307;

    private const int StatxSize = 256;

    // struct stat with 64-bit inodes: see Apple's sys/stat.h.
    private const int AppleStatSize = 144;

    private static readonly bool AppleNamesCarrySuffix =
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public bool IsRegularFile => (Mode & TypeMask) == TypeRegular;

    public bool IsDirectory => (Mode & TypeMask) == TypeDirectory;

    /// <summary>"a FIFO", for messages.</summary>
    public string TypeName => (Mode & TypeMask) switch
    {
        TypeRegular => "a regular file",
        TypeDirectory => "a directory",
        0x1000 => "a FIFO",
        0x2000 => "a character device",
        0x6000 => "a block device",
        0xC000 => "a socket",
        _ => $"of unknown type 0x{Mode & TypeMask:x}",
    };

    /// <exception cref="IOException">The system refused.</exception>
    public static UnixStat Of(SafeFileHandle file, string path)
    {
        Span<byte> bytes = stackalloc byte[StatxSize];
        int result;
        if (OperatingSystem.IsLinux())
        {
            result = StatxDescriptor(file, "", AtEmptyPath, TypeInodeSizeAndLinks, bytes);
        }
        else
        {
            result = AppleNamesCarrySuffix ? FStatInode64(file, bytes) : FStat(file, bytes);
        }

        return result == 0
            ? Parse(bytes)
            : throw Errno.Failure(path, "asking for its identity", Marshal.GetLastPInvokeError());
    }

    /// <summary>Follows symbolic links, as opening does.</summary>
    /// <returns>Null when the path names nothing.</returns>
    /// <exception cref="IOException">The system refused.</exception>
    public static UnixStat? TryOf(string path)
    {
        Span<byte> bytes = stackalloc byte[StatxSize];
        int error = Call(path, 0, bytes);
        return error switch
        {
            0 => Parse(bytes),
            Errno.ENOENT or Errno.ENOTDIR => null,
            _ => throw Errno.Failure(path, "asking for its identity", error),
        };
    }

    /// <summary>
    /// As <see cref="TryOf"/>, but never fails and never asks a file server, which may hang: for
    /// looking at files that are not ours.
    /// </summary>
    public static UnixStat? PeekAt(string path)
    {
        Span<byte> bytes = stackalloc byte[StatxSize];
        return Call(path, AtDoNotSync, bytes) == 0 ? Parse(bytes) : null;
    }

    private static int Call(string path, int linuxFlags, Span<byte> bytes)
    {
        int result;
        if (OperatingSystem.IsLinux())
        {
            result = StatxPath(AtFdCwd, path, linuxFlags, TypeInodeSizeAndLinks, bytes);
        }
        else
        {
            result = AppleNamesCarrySuffix ? StatInode64(path, bytes) : Stat(path, bytes);
        }

        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static UnixStat Parse(ReadOnlySpan<byte> bytes) =>
        OperatingSystem.IsLinux() ? ParseStatx(bytes) : ParseAppleStat(bytes[..AppleStatSize]);

    private static UnixStat ParseStatx(ReadOnlySpan<byte> bytes)
    {
        ulong device = ((ulong)MemoryMarshal.Read<uint>(bytes[136..]) << 32) |
            MemoryMarshal.Read<uint>(bytes[140..]);
        return new UnixStat(
            new FileIdentity(device, MemoryMarshal.Read<ulong>(bytes[32..])),
            MemoryMarshal.Read<ushort>(bytes[28..]),
            MemoryMarshal.Read<long>(bytes[40..]),
            MemoryMarshal.Read<uint>(bytes[16..]));
    }

    private static UnixStat ParseAppleStat(ReadOnlySpan<byte> bytes) => new(
        new FileIdentity(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[96..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]));

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxDescriptor(
        SafeFileHandle file, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxPath(
        int directory, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int FStat(SafeFileHandle file, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int FStatInode64(SafeFileHandle file, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatInode64(string path, Span<byte> result);
}
