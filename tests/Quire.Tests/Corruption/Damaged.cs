using System.Buffers.Binary;
using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>What the tests of damaged files share.</summary>
internal static class Damaged
{
    /// <summary>
    /// Opens two files as they are and demands that they are refused and left alone.
    /// </summary>
    public static QuireException AssertRefused(
        byte[] main,
        byte[]? journal,
        QuireErrorCode code,
        PageFileMode mode = PageFileMode.OpenOrCreate)
    {
        MemoryDisk disk = DiskWith(main, journal);
        Verdict verdict = new Oracle(disk) { Mode = mode }.Judge(null);
        Assert.NotNull(verdict.Error);
        Assert.True(verdict.Code == code, $"expected {code}, was {verdict.Error}");
        Assert.Equal(main, disk.Get(FileState.MainPath));
        return (QuireException)verdict.Error;
    }

    /// <summary>Opens two files for writing and demands that the writer refuses them.</summary>
    public static void AssertWriterRefuses(byte[] main, byte[] journal, QuireErrorCode code)
    {
        MemoryDisk disk = DiskWith(main, journal);
        using PageFile file = Open(disk, PageFileMode.OpenExisting);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => file.BeginWrite());
        Assert.Equal(code, error.Code);
        Assert.Equal(main, disk.Get(FileState.MainPath));
        Assert.Equal(journal, disk.Get(FileState.JournalPath));
    }

    public static MemoryDisk DiskWith(byte[] main, byte[]? journal)
    {
        var disk = new MemoryDisk();
        disk.Put(FileState.MainPath, main);
        if (journal is not null)
        {
            disk.Put(FileState.JournalPath, journal);
        }

        return disk;
    }

    public static PageFile Open(
        MemoryDisk disk, PageFileMode mode, MemoryProcess? process = null) =>
        PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Mode = mode,
            Host = (process ?? disk.StartProcess()).Host,
            LockTimeout = TimeSpan.Zero,
        });

    /// <summary>
    /// A copy with a number changed and the checksum of its sector made right again.
    /// </summary>
    public static byte[] WithField(byte[] file, int sector, int offset, int size, ulong value)
    {
        byte[] changed = [.. file];
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(changed.AsSpan(sector + offset));
        ChecksumRepair.Sector(changed.AsSpan(sector));
        return changed;
    }

    /// <summary>A copy with a page changed and its checksum made right again.</summary>
    public static byte[] WithPage(byte[] main, int page, Action<byte[]> change)
    {
        const int pageSize = 512;
        byte[] changed = [.. main];
        byte[] bytes = changed[(page * pageSize)..((page + 1) * pageSize)];
        change(bytes);
        ChecksumRepair.Page(bytes, main.AsSpan(40, 16));
        bytes.CopyTo(changed, page * pageSize);
        return changed;
    }
}
