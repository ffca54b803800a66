using System.Runtime.InteropServices;
using Quire.Locking;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Locking;

/// <summary>The structures that the kernel reads, against fcntl.h of Linux and macOS.</summary>
public sealed class FlockLayoutTests
{
    [Theory]
    [InlineData(nameof(LinuxFlock.Type), 0)]
    [InlineData(nameof(LinuxFlock.Whence), 2)]
    [InlineData(nameof(LinuxFlock.Start), 8)]
    [InlineData(nameof(LinuxFlock.Length), 16)]
    [InlineData(nameof(LinuxFlock.ProcessId), 24)]
    public void Linux_flock_fields_lie_where_the_kernel_reads_them(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<LinuxFlock>(field));

    [Theory]
    [InlineData(nameof(AppleFlock.Start), 0)]
    [InlineData(nameof(AppleFlock.Length), 8)]
    [InlineData(nameof(AppleFlock.ProcessId), 16)]
    [InlineData(nameof(AppleFlock.Type), 20)]
    [InlineData(nameof(AppleFlock.Whence), 22)]
    public void Apple_flock_fields_lie_where_the_kernel_reads_them(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<AppleFlock>(field));

    [Fact]
    public void The_structures_have_the_kernels_sizes()
    {
        Assert.Equal(32, Marshal.SizeOf<LinuxFlock>());
        Assert.Equal(24, Marshal.SizeOf<AppleFlock>());
    }

    [SkippableFact]
    public void Lock_types_have_the_numbers_of_this_system()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no flock structure.");
        bool apple = OperatingSystem.IsMacOS();
        Assert.Equal(apple ? 1 : 0, FlockLayout.TypeOf(LockMode.Shared));
        Assert.Equal(apple ? 3 : 1, FlockLayout.TypeOf(LockMode.Exclusive));
        Assert.Equal(2, FlockLayout.Unlock);
        FlockLayout.Verify();
    }
}
