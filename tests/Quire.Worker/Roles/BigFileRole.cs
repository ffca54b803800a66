using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>big-file PATH MEBIBYTES CACHE PAGESIZE OPERATIONS</c>: makes a file much larger than its cache
/// (in MiB too), then reads pages at random, each held against what was written there, and changes
/// some. Says now and then how far it is, and in the end <c>managed KIB peak KIB</c>.
/// </summary>
internal static class BigFileRole
{
    private const int ReadsPerCommit = 100;
    private const int PagesPerCommit = 8;
    private const int Mebibyte = 1 << 20;

    public static int Run(string[] args)
    {
        long[] numbers = [.. args[1..].Select(arg => long.Parse(arg, CultureInfo.InvariantCulture))];
        var options = new PageFileOptions
        {
            PageSize = (int)numbers[2],
            CacheBytes = numbers[1] * Mebibyte,
            StagingBytes = 4 * Mebibyte,
            JournalLimitBytes = 16 * Mebibyte,
        };
        using PageFile file = PageFile.Open(args[0], options);
        PageNumber[] pages = Fill(file, numbers[0] * Mebibyte);
        UseAtRandom(file, pages, (int)numbers[3]);

        long managed = GC.GetTotalMemory(forceFullCollection: true) / 1024;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine($"managed {managed} peak {self.PeakWorkingSet64 / 1024}");
        return 0;
    }

    private static PageNumber[] Fill(PageFile file, long lengthBytes)
    {
        var pages = new PageNumber[lengthBytes / file.PageSize];
        int perCommit = 16 * Mebibyte / file.PageSize;
        for (int done = 0; done < pages.Length; done += perCommit)
        {
            using WriteTransaction write = file.BeginWrite();
            for (int i = done; i < Math.Min(done + perCommit, pages.Length); i++)
            {
                pages[i] = write.Allocate();
                Put(write.Write(pages[i]), pages[i], 0);
            }

            write.Commit();
            Console.WriteLine($"{done} pages");
        }

        return pages;
    }

    private static void UseAtRandom(PageFile file, PageNumber[] pages, int operations)
    {
        var random = new Random(1);
        byte[] versions = new byte[pages.Length];
        for (int i = 0; i < operations; i++)
        {
            if (i % ReadsPerCommit == 0)
            {
                ChangeSome(file, pages, versions, random);
            }

            int at = random.Next(pages.Length);
            using ReadTransaction read = file.BeginRead();
            Check(read.Read(pages[at]), pages[at], versions[at]);
            if (i % 1000 == 0)
            {
                Console.WriteLine($"{i} operations");
            }
        }
    }

    private static void ChangeSome(
        PageFile file, PageNumber[] pages, byte[] versions, Random random)
    {
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < PagesPerCommit; i++)
        {
            int at = random.Next(pages.Length);
            Check(write.Read(pages[at]), pages[at], versions[at]);
            Put(write.Write(pages[at]), pages[at], ++versions[at]);
        }

        write.Commit();
    }

    private static void Put(Span<byte> payload, PageNumber page, byte version)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(payload, page.Value);
        payload[4] = version;
        payload[^1] = (byte)(page.Value + version);
    }

    private static void Check(ReadOnlySpan<byte> payload, PageNumber page, byte version)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (number != page.Value || payload[4] != version
            || payload[^1] != (byte)(page.Value + version))
        {
            throw new InvalidDataException(
                $"Page {page} holds page {number}, version {payload[4]} and {payload[^1]}; " +
                $"expected version {version}.");
        }
    }
}
