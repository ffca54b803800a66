using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>A page file on a disk in memory, for tests of maps.</summary>
internal sealed class MapFile : IDisposable
{
    public const string Path = "/disk/maps.quire";

    public MapFile(int pageSize = 512, long stagingBytes = 16 << 20)
    {
        PageSize = pageSize;
        StagingBytes = stagingBytes;
        File = Open();
    }

    public MemoryDisk Disk { get; } = new() { TracksSyncs = true, CapacityBytes = 256L << 20 };

    public int PageSize { get; }

    public long StagingBytes { get; }

    public PageFile File { get; private set; }

    /// <summary>Changes one map in one transaction.</summary>
    public void Write(string map, Action<MapWriter> change)
    {
        using WriteTransaction write = File.BeginWrite();
        change(write.Map(map));
        write.Commit();
    }

    /// <summary>Holds the whole file against its rules.</summary>
    public MapReport Verify()
    {
        using ReadTransaction read = File.BeginRead();
        MapReport report = read.VerifyMaps();
        Assert.True(report.IsSound, string.Join('\n', report.Problems));
        VerifyReport pages = read.Verify();
        Assert.True(pages.IsSound, string.Join('\n', pages.Problems));
        return report;
    }

    /// <summary>
    /// Expects a verification of the maps to find a problem, and the pages to be sound.
    /// </summary>
    public void VerifyFinds(string problem)
    {
        using ReadTransaction read = File.BeginRead();
        Assert.Contains(
            read.VerifyMaps().Problems,
            found => found.ToString().Contains(problem, StringComparison.Ordinal));
        Assert.True(read.Verify().IsSound);
    }

    /// <summary>The maps' records in another file, whose catalog has no types for them.</summary>
    public MapFile Import(params string[] maps)
    {
        var imported = new MapFile(PageSize);
        using ReadTransaction read = File.BeginRead();
        foreach (string name in maps)
        {
            foreach (MapEntry entry in read.Map(name).Scan())
            {
                byte[] key = entry.Key.ToArray();
                byte[] value = entry.Value.ToArray();
                imported.Write(name, map => map.Put(key, value));
            }
        }

        return imported;
    }

    public void Reopen()
    {
        File.Dispose();
        File = Open();
    }

    /// <summary>Power fails, and the file is opened on what that left.</summary>
    public void CutPower(Random random)
    {
        Disk.CutPower(random);
        try
        {
            File.Dispose();
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            // Whatever a process that is dead says.
        }

        File = Open();
    }

    /// <summary>The same file, open in another process.</summary>
    public PageFile OpenElsewhere() => Open();

    public void Dispose() => File.Dispose();

    private PageFile Open() => PageFile.Open(Path, new PageFileOptions
    {
        Host = Disk.StartProcess().Host,
        PageSize = PageSize,
        StagingBytes = StagingBytes,
        LockTimeout = TimeSpan.Zero,
    });
}

/// <summary>The order of a map's keys.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static ByteOrder Instance { get; } = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
