using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Storage;

public sealed class OsFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OsFileSystem _files = new();

    public void Dispose() => _folder.Dispose();

    private string PathOf(string name) => _folder.File(name);

    [Fact]
    public void A_read_stops_short_only_at_the_end_of_the_file()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        file.Write(0, new byte[] { 1, 2, 3, 4, 5 });
        byte[] buffer = new byte[4];

        Assert.Equal(4, file.Read(0, buffer));
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, buffer);
        Assert.Equal(2, file.Read(3, buffer));
        Assert.Equal(new byte[] { 4, 5 }, buffer[..2]);
        Assert.Equal(0, file.Read(5, buffer));
        Assert.Equal(0, file.Read(1L << 40, buffer));
        Assert.Equal(0, file.Read(0, []));
    }

    [Fact]
    public void A_write_past_the_end_fills_the_gap_with_zeros()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        file.Write(0, "ab"u8);
        file.Write(6, "z"u8);
        byte[] all = new byte[7];

        Assert.Equal(7, file.GetLength());
        Assert.Equal(7, file.Read(0, all));
        Assert.Equal("ab\0\0\0\0z"u8.ToArray(), all);
    }

    [Fact]
    public void Setting_the_length_truncates_and_extends_with_zeros()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        file.Write(0, "abcdef"u8);
        file.SetLength(2);
        file.SetLength(4);
        byte[] all = new byte[10];

        Assert.Equal(4, file.Read(0, all));
        Assert.Equal("ab\0\0"u8.ToArray(), all[..4]);
    }

    [Fact]
    public void A_large_transfer_is_complete()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        byte[] written = new byte[3_000_001];
        new Random(1).NextBytes(written);
        file.Write(12345, written);
        file.Sync();
        byte[] read = new byte[written.Length];

        Assert.Equal(read.Length, file.Read(12345, read));
        Assert.Equal(written, read);
    }

    [Fact]
    public void Two_open_files_see_each_others_writes()
    {
        using IStorageFile one = _files.Open(PathOf("a"), FileOpenMode.OpenOrCreate);
        using IStorageFile two = _files.Open(PathOf("a"), FileOpenMode.ReadOnly);
        one.Write(0, "x"u8);
        byte[] read = new byte[1];

        Assert.Equal(1, two.Read(0, read));
        Assert.Equal((byte)'x', read[0]);
        Assert.Equal(one.Identity, two.Identity);
    }

    [Fact]
    public void Negative_offsets_and_lengths_are_refused()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(-1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Write(-1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.SetLength(-1));
    }

    [Fact]
    public void A_read_only_file_refuses_writes()
    {
        File.WriteAllBytes(PathOf("a"), [1]);
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.ReadOnly);

        Assert.False(file.CanWrite);
        Assert.Throws<InvalidOperationException>(() => file.Write(0, new byte[1]));
        Assert.Throws<InvalidOperationException>(() => file.SetLength(0));
        Assert.Equal(1, file.GetLength());
    }

    [Fact]
    public void A_disposed_file_refuses_everything_and_may_be_disposed_again()
    {
        IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => file.Write(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => file.SetLength(0));
        Assert.Throws<ObjectDisposedException>(() => file.GetLength());
        Assert.Throws<ObjectDisposedException>(file.Sync);
    }

    [SkippableFact]
    public void A_full_device_is_told_apart_and_the_message_carries_the_numbers()
    {
        using TmpfsMount mount = TmpfsMount.CreateOrSkip(64 * 1024);
        using IStorageFile file = _files.Open(mount.File("a"), FileOpenMode.CreateNew);
        file.Write(0, new byte[4096]);

        var full = Assert.Throws<StorageFullException>(
            () => file.Write(8192, new byte[100_000]));

        Assert.Contains(file.Path, full.Message, StringComparison.Ordinal);
        Assert.Contains("100000 bytes at 8192", full.Message, StringComparison.Ordinal);
        Assert.Contains("errno 28: No space left", full.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.ENOSPC, full.HResult);

        // Not fatal: the file goes on.
        file.SetLength(4096);
        file.Write(4096, new byte[4096]);
        file.Sync();
    }

    [SkippableFact]
    public void A_file_too_large_for_the_file_system_counts_as_full()
    {
        using IStorageFile file = _files.Open(PathOf("a"), FileOpenMode.CreateNew);
        string kind = FileSystemKind.Of((OsFile)file).Name;
        Skip.IfNot(
            kind.StartsWith("ext", StringComparison.Ordinal),
            $"The temporary directory lies on {kind}, whose largest file may be larger.");

        Assert.Throws<StorageFullException>(() => file.Write(1L << 60, new byte[1]));
        Assert.Throws<StorageFullException>(() => file.SetLength(1L << 60));
    }
}
