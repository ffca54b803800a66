using System.Buffers.Binary;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.Collections;

public sealed class CompactionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    public void It_leaves_no_free_page_and_every_record(int pagesPerTransaction)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            using var maps = new MapFile();
            var random = new Random(seed);
            Dictionary<string, SortedDictionary<byte[], byte[]>> model = Fill(maps.File, random);
            uint before = maps.File.GetInfo().PageCount;
            CompactReport report = maps.File.CompactMaps(
                new CompactOptions { PagesPerTransaction = pagesPerTransaction });
            PageFileInfo info = maps.File.GetInfo();
            Assert.Equal((before, info.PageCount), (report.PagesBefore, report.PagesAfter));
            Assert.True(report.PagesAfter < before, $"seed {seed}: {report}");
            Assert.True(info.FreePages <= 2, $"seed {seed}: {info.FreePages} free pages, {report}");
            Assert.Equal((long)info.PageCount * maps.PageSize, info.LengthBytes);
            AssertHolds(maps.File, model);
            maps.Verify();

            // What is compact stays as it is, and can be written to.
            Assert.Equal(0, maps.File.CompactMaps().PagesMoved);
            maps.Write("a", map => map.Put("new"u8, new byte[5000]));
            maps.Verify();
        }
    }

    [Fact]
    public void A_small_map_at_the_very_end_moves_with_its_root()
    {
        using var maps = new MapFile();
        maps.Write("big", map => Put(map, 0, 2000, 40));
        maps.Write("late", map => Put(map, 0, 50, 2000));
        PageNumber before = RootOf(maps.File, "late");
        maps.Write("big", map => map.Clear());
        CompactReport report = maps.File.CompactMaps();
        Assert.True(RootOf(maps.File, "late").Value < before.Value);
        Assert.True(report.PagesAfter < 300, $"{report}");
        using (ReadTransaction read = maps.File.BeginRead())
        {
            Assert.Equal(50, read.Map("late").Count);
        }

        maps.Verify();
    }

    [Fact]
    public void Others_read_and_write_between_its_transactions()
    {
        using var maps = new MapFile();
        maps.Write("m", map => Put(map, 0, 3000, 60));
        maps.Write("m", map => Delete(map, 0, 2900));
        int steps = 0;
        CompactReport report = maps.File.CompactMaps(new CompactOptions
        {
            PagesPerTransaction = 5,
            Progress = new Inline(_ =>
            {
                steps++;
                maps.Write("m", map => Put(map, 10_000 + steps, 10_001 + steps, 100));
                using ReadTransaction read = maps.File.BeginRead();
                Assert.Equal(100 + steps, read.Map("m").Count);
            }),
        });
        Assert.Equal(steps, report.Transactions);
        Assert.True(steps > 2);
        maps.Verify();
    }

    [Fact]
    public void Cancelling_ends_it_between_transactions()
    {
        using var maps = new MapFile();
        maps.Write("m", map => Put(map, 0, 3000, 60));
        maps.Write("m", map => Delete(map, 0, 2000));
        using var cancel = new CancellationTokenSource();
        CompactReport report = maps.File.CompactMaps(
            new CompactOptions
            {
                PagesPerTransaction = 5,
                Progress = new Inline(_ => cancel.Cancel()),
            },
            cancel.Token);
        Assert.Equal(1, report.Transactions);
        maps.Verify();
        maps.File.CompactMaps();
        maps.Verify();
    }

    [Fact]
    public void A_file_without_maps_is_only_cut()
    {
        using var maps = new MapFile();
        maps.File.Update(write =>
        {
            PageNumber[] pages = [.. Enumerable.Range(0, 10).Select(_ => write.Allocate())];
            write.Write(pages[4])[0] = 1;
            write.Root = pages[4];
            foreach (PageNumber page in pages.Where(page => page != pages[4]))
            {
                write.Free(page);
            }
        });
        CompactReport report = maps.File.CompactMaps();
        Assert.Equal((0L, 5u), (report.PagesMoved, report.PagesBefore - report.PagesAfter));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => maps.File.CompactMaps(new CompactOptions { PagesPerTransaction = 0 }));
    }

    /// <summary>Whatever a crash in the middle leaves: no record is lost, and no page.</summary>
    [Fact]
    public void A_crash_at_any_moment_loses_nothing()
    {
        static PageFile Open(SimulatedProcess process) => PageFile.Open("c", new PageFileOptions
        {
            Host = process.Host,
            PageSize = 512,

            // Sealed transactions leave too many disks for all of them.
            Protocol = CommitProtocol.Classic,
            LockTimeout = Timeout.InfiniteTimeSpan,
        });
        var scenario = new CrashScenario
        {
            Setup = process =>
            {
                using PageFile file = Open(process);
                file.Update(write => Put(write.Map("m"), 0, 60, 90));
                file.Update(write =>
                {
                    Put(write.Map("n"), 0, 3, 900);
                    Delete(write.Map("m"), 0, 50);
                });
            },
            Workload = process =>
            {
                using PageFile file = Open(process);
                file.CompactMaps(new CompactOptions { PagesPerTransaction = 1 });
            },
            Check = (process, _) =>
            {
                using PageFile file = Open(process);
                using ReadTransaction read = file.BeginRead();
                MapReport maps = read.VerifyMaps();
                Assert.True(maps.IsSound, string.Join('\n', maps.Problems));
                Assert.Empty(read.Verify().Problems);
                Assert.Equal((10L, 3L), (read.Map("m").Count, read.Map("n").Count));
            },
            Continue = process =>
            {
                using PageFile file = Open(process);
                file.CompactMaps();
            },
        };
        foreach (PersistenceModel model in (PersistenceModel[])
            [PersistenceModel.BarrierReorder, PersistenceModel.Ext4])
        {
            CrashReport report = CrashTest.Explore(scenario, new CrashOptions
            {
                Model = model,
                StatesPerPoint = 24,
            });
            report.ThrowIfFailed();
            Assert.True(report.CheckedStates > 40, report.ToString());
        }
    }

    private static Dictionary<string, SortedDictionary<byte[], byte[]>> Fill(
        PageFile file, Random random)
    {
        var model = new Dictionary<string, SortedDictionary<byte[], byte[]>>
        {
            ["a"] = new(ByteOrder.Instance),
            ["b"] = new(ByteOrder.Instance),
            ["c"] = new(ByteOrder.Instance),
        };
        for (int transaction = 0; transaction < 6; transaction++)
        {
            using WriteTransaction write = file.BeginWrite();
            foreach ((string name, SortedDictionary<byte[], byte[]> records) in model)
            {
                MapWriter map = write.Map(name);
                for (int i = 0; i < 80; i++)
                {
                    byte[] key = new byte[4];
                    BinaryPrimitives.WriteInt32BigEndian(key, random.Next(400));
                    if (transaction >= 3 && random.Next(3) > 0)
                    {
                        map.Delete(key);
                        records.Remove(key);
                        continue;
                    }

                    byte[] value = new byte[random.Next(12) == 0 ? random.Next(4000) : random.Next(60)];
                    random.NextBytes(value);
                    map.Put(key, value);
                    records[key] = value;
                }
            }

            write.Commit();
        }

        return model;
    }

    private static void AssertHolds(
        PageFile file, Dictionary<string, SortedDictionary<byte[], byte[]>> model)
    {
        using ReadTransaction read = file.BeginRead();
        foreach ((string name, SortedDictionary<byte[], byte[]> records) in model)
        {
            MapReader map = read.Map(name);
            Assert.Equal(records.Count, map.Count);
            foreach ((byte[] key, byte[] value) in records)
            {
                Assert.True(map.TryGet(key, out ReadOnlySpan<byte> found));
                Assert.True(found.SequenceEqual(value));
            }
        }
    }

    private static PageNumber RootOf(PageFile file, string map)
    {
        using ReadTransaction read = file.BeginRead();
        return read.ListMaps().Single(info => info.Name == map).Root;
    }

    private static void Put(MapWriter map, int from, int to, int valueBytes)
    {
        for (int i = from; i < to; i++)
        {
            map.Put(Key(i), new byte[valueBytes]);
        }
    }

    private static void Delete(MapWriter map, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            map.Delete(Key(i));
        }
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(key, number);
        return key;
    }

    private sealed class Inline(Action<CompactReport> action) : IProgress<CompactReport>
    {
        public void Report(CompactReport value) => action(value);
    }
}
