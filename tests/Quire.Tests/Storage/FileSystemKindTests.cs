using System.Runtime.Versioning;
using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Storage;

public sealed class FileSystemKindTests
{
    [Theory]
    [InlineData(0x6969u, "NFS")]
    [InlineData(0x517Bu, "SMB")]
    [InlineData(0xFF534D42u, "CIFS")]
    [InlineData(0xFE534D42u, "SMB2")]
    [InlineData(0x65735546u, "FUSE")]
    [InlineData(0x01021997u, "9p")]
    [InlineData(0x00C36400u, "CephFS")]
    [InlineData(0x5346414Fu, "AFS")]
    public void Network_and_FUSE_file_systems_are_not_local(uint magic, string name)
    {
        FileSystemKind kind = FileSystemKind.OfLinuxMagic(magic);
        Assert.False(kind.IsLocal);
        Assert.Equal(name, kind.Name);
    }

    [Theory]
    [InlineData(0xEF53u)]
    [InlineData(0x58465342u)]
    [InlineData(0x9123683Eu)]
    [InlineData(0x01021994u)]
    [InlineData(0x794C7630u)]
    public void Disk_and_memory_file_systems_are_local(uint magic) =>
        Assert.True(FileSystemKind.OfLinuxMagic(magic).IsLocal);

    [Fact]
    public void An_unknown_file_system_is_local_and_named_by_its_number()
    {
        FileSystemKind kind = FileSystemKind.OfLinuxMagic(0xABCD1234);
        Assert.True(kind.IsLocal);
        Assert.Contains("0xABCD1234", kind.Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apfs", 0x1000u, true)]
    [InlineData("apfs", 0x14909080u, true)]
    [InlineData("smbfs", 0x0000u, false)]
    [InlineData("nfs", 0x0008u, false)]
    [InlineData("macfuse", 0x1000u, false)]
    public void On_macOS_the_local_flag_decides_except_for_FUSE(
        string name, uint flags, bool isLocal) =>
        Assert.Equal(isLocal, FileSystemKind.OfAppleName(name, flags).IsLocal);

    [SkippableTheory]
    [InlineData(@"\\server\share\a", false)]
    [InlineData(@"\\?\UNC\server\share\a", false)]
    [InlineData(@"C:\a", true)]
    [InlineData(@"\\?\C:\a", true)]
    [SupportedOSPlatform("windows")]
    public void On_Windows_shares_are_not_local(string path, bool isLocal)
    {
        Skip.IfNot(OperatingSystem.IsWindows(), "Paths are taken apart as Windows has them.");
        Assert.Equal(isLocal, FileSystemKind.OfWindowsPath(path).IsLocal);
    }

    [SkippableFact]
    public void A_mounted_tmpfs_is_recognised()
    {
        using TmpfsMount mount = TmpfsMount.CreateOrSkip(64 * 1024);
        using OsFile file = OsFile.Open(mount.File("a"), FileOpenMode.CreateNew);
        Assert.Equal(new FileSystemKind("tmpfs", true), FileSystemKind.Of(file));
    }
}
