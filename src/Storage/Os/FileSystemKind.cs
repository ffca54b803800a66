using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>
/// The file system that a file lies on, and whether this kernel alone decides about its locks.
/// </summary>
/// <param name="Name">For messages: "ext4", "NFS", or the number of an unknown one.</param>
/// <param name="IsLocal">
/// False for network, cluster and FUSE file systems: their locks pass through somebody else. An
/// unknown kind counts as local; the lock self-test still has its say.
/// </param>
internal readonly partial record struct FileSystemKind(string Name, bool IsLocal)
{
    private const int StatfsBufferSize = 4096;

    // struct statfs with 64-bit inodes: see Apple's sys/mount.h.
    private const int AppleFlagsOffset = 64;
    private const int AppleTypeNameOffset = 72;
    private const int AppleTypeNameLength = 16;
    private const uint AppleFlagLocal = 0x1000;

    /// <summary>Asks the system about an open file.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static FileSystemKind Of(OsFile file)
    {
        if (OperatingSystem.IsWindows())
        {
            return OfWindowsPath(file.Path);
        }

        Span<byte> bytes = stackalloc byte[StatfsBufferSize];
        bool suffix = OperatingSystem.IsMacOS() &&
            RuntimeInformation.ProcessArchitecture == Architecture.X64;
        int result = suffix ? FStatfsInode64(file.Handle, bytes) : FStatfs(file.Handle, bytes);
        if (result != 0)
        {
            throw Errno.Failure(
                file.Path, "asking for its file system", Marshal.GetLastPInvokeError());
        }

        return OperatingSystem.IsMacOS() ? OfAppleStatfs(bytes) : OfLinuxStatfs(bytes);
    }

    /// <summary>
    /// By the f_type number of Linux's <c>statfs</c> (linux/magic.h and friends).
    /// </summary>
    public static FileSystemKind OfLinuxMagic(uint magic) => magic switch
    {
        0x0000EF53 => new("ext2, ext3 or ext4", true),
        0x58465342 => new("XFS", true),
        0x9123683E => new("btrfs", true),
        0x2FC12FC1 => new("ZFS", true),
        0xF2F52010 => new("F2FS", true),
        0xCA451A4E => new("bcachefs", true),
        0x01021994 => new("tmpfs", true),
        0x794C7630 => new("overlayfs", true),
        0x00006969 => new("NFS", false),
        0x0000517B => new("SMB", false),
        0xFF534D42 => new("CIFS", false),
        0xFE534D42 => new("SMB2", false),
        0x65735546 => new("FUSE", false),
        0x01021997 => new("9p", false),
        0x00C36400 => new("CephFS", false),
        0x5346414F or 0x6B414653 => new("AFS", false),
        0x73757245 => new("Coda", false),
        0x0000564C => new("NCP", false),
        0x0BD00BD0 => new("Lustre", false),
        0x47504653 => new("GPFS", false),
        0x01161970 => new("GFS2", false),
        0x7461636F => new("OCFS2", false),
        0x61636673 => new("ACFS", false),
        0x19830326 => new("BeeGFS", false),
        0xAAD7AAEA => new("PanFS", false),
        0x786F4256 => new("a VirtualBox shared folder", false),
        0xBACBACBC => new("a VMware shared folder", false),
        0x7C7C6673 => new("a Parallels shared folder", false),
        _ => new($"a file system of type 0x{magic:X}", true),
    };

    /// <summary>By the fields f_fstypename and f_flags of macOS's <c>statfs</c>.</summary>
    public static FileSystemKind OfAppleName(string typeName, uint flags)
    {
        // macFUSE volumes may claim to be local; their locks still pass through another process.
        bool fuse = typeName.Contains("fuse", StringComparison.OrdinalIgnoreCase);
        return new(typeName, (flags & AppleFlagLocal) != 0 && !fuse);
    }

    /// <summary>A share (\\server\...) or a mapped network drive is not local.</summary>
    [SupportedOSPlatform("windows")]
    public static FileSystemKind OfWindowsPath(string fullPath)
    {
        string root = Path.GetPathRoot(fullPath) ?? "";
        bool device = root.StartsWith(@"\\?\", StringComparison.Ordinal) ||
            root.StartsWith(@"\\.\", StringComparison.Ordinal);
        bool share = device
            ? root.StartsWith(@"\\?\UNC\", StringComparison.OrdinalIgnoreCase)
            : root.StartsWith(@"\\", StringComparison.Ordinal);
        if (share)
        {
            return new FileSystemKind($"the network share {root}", false);
        }

        var drive = new DriveInfo(device ? root[4..] : root);
        return drive.DriveType == DriveType.Network
            ? new FileSystemKind($"the network drive {root}", false)
            : new FileSystemKind($"the drive {root}", true);
    }

    private static FileSystemKind OfLinuxStatfs(ReadOnlySpan<byte> bytes)
    {
        // f_type is the first field, a machine word except on s390x; the numbers fit in 32 bits.
        bool word = nint.Size == 8 &&
            RuntimeInformation.ProcessArchitecture != Architecture.S390x;
        return OfLinuxMagic(word
            ? (uint)MemoryMarshal.Read<ulong>(bytes)
            : MemoryMarshal.Read<uint>(bytes));
    }

    private static FileSystemKind OfAppleStatfs(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> name = bytes.Slice(AppleTypeNameOffset, AppleTypeNameLength);
        int end = name.IndexOf((byte)0);
        return OfAppleName(
            Encoding.ASCII.GetString(end < 0 ? name : name[..end]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[AppleFlagsOffset..]));
    }

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FStatfs(SafeFileHandle file, Span<byte> result);

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc", EntryPoint = "fstatfs$INODE64", SetLastError = true)]
    private static partial int FStatfsInode64(SafeFileHandle file, Span<byte> result);
}
