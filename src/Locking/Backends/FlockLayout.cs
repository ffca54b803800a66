using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Quire.Storage;

namespace Quire.Locking;

/// <summary>
/// <c>struct flock</c> (with 64-bit offsets) as Linux lays it out on 64-bit systems and 32-bit ARM.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = FlockLayout.LinuxSize)]
internal struct LinuxFlock
{
    [FieldOffset(0)]
    public short Type;

    /// <summary>SEEK_SET, 0: <see cref="Start"/> counts from the beginning of the file.</summary>
    [FieldOffset(2)]
    public short Whence;

    [FieldOffset(8)]
    public long Start;

    /// <summary>0 means to the end of all files.</summary>
    [FieldOffset(16)]
    public long Length;

    /// <summary>Must be 0 in every OFD request.</summary>
    [FieldOffset(24)]
    public int ProcessId;
}

/// <summary><c>struct flock</c> as macOS lays it out.</summary>
[StructLayout(LayoutKind.Explicit, Size = FlockLayout.AppleSize)]
internal struct AppleFlock
{
    [FieldOffset(0)]
    public long Start;

    /// <summary>0 means to the end of all files.</summary>
    [FieldOffset(8)]
    public long Length;

    /// <summary>Must be 0 in every OFD request.</summary>
    [FieldOffset(16)]
    public int ProcessId;

    [FieldOffset(20)]
    public short Type;

    /// <summary>SEEK_SET, 0: <see cref="Start"/> counts from the beginning of the file.</summary>
    [FieldOffset(22)]
    public short Whence;
}

/// <summary>
/// The constants of <c>struct flock</c>, and the check that this process can use them.
/// </summary>
internal static class FlockLayout
{
    public const int LinuxSize = 32;
    public const int AppleSize = 24;

    private static readonly bool Apple = OperatingSystem.IsMacOS();

    private static readonly bool Known =
        Unsafe.SizeOf<LinuxFlock>() == LinuxSize &&
        Unsafe.SizeOf<AppleFlock>() == AppleSize &&
        RuntimeInformation.ProcessArchitecture != Architecture.X86 &&
        (Apple || OperatingSystem.IsLinux());

    /// <summary>
    /// The type that asks for no lock, and that a probe answers when nothing is in the way.
    /// </summary>
    public const short Unlock = 2;

    public static short TypeOf(LockMode mode) => mode switch
    {
        LockMode.Shared => Apple ? (short)1 : (short)0,
        LockMode.Exclusive => Apple ? (short)3 : (short)1,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a lock mode."),
    };

    /// <summary>
    /// Refuses to lock through a structure that need not be the kernel's: 32-bit x86 aligns 64-bit
    /// fields to 4 bytes, and other Unix systems have layouts of their own.
    /// </summary>
    /// <exception cref="QuireException">The layout is not known here.</exception>
    public static void Verify()
    {
        if (!Known)
        {
            throw new QuireException(
                QuireErrorCode.LockingUnsupported,
                "Open-file-description locks are not known on " +
                $"{RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture}).");
        }
    }
}
