using System.Globalization;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// Files that are much larger than the cache: what is read is right, and memory follows the cache
/// and not the file. In a process of their own, whose memory is nobody else's.
/// </summary>
public sealed class BigFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096)]
    [InlineData(65536)]
    public void A_file_of_32_MiB_is_used_with_a_cache_of_1_MiB(int pageSize)
    {
        (long managed, _) = Use(mebibytes: 32, cache: 1, pageSize, operations: 4000);

        // The cache, what a write transaction keeps, and the rest of the process.
        Assert.InRange(managed, 512, (1 + 4 + 4) * 1024);
    }

    [SkippableFact]
    public void A_file_of_1_GiB_is_used_with_a_cache_of_16_MiB()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "writes 2 GiB; QUIRE_LONG=1 runs it");
        (long managed, long peak) = Use(
            mebibytes: 1024, cache: 16, pageSize: 4096, operations: 100_000);
        Assert.InRange(managed, 12 * 1024, (16 + 4 + 6) * 1024);
        Assert.InRange(peak, 1, 256 * 1024);
    }

    private (long Managed, long Peak) Use(int mebibytes, int cache, int pageSize, int operations)
    {
        string[] arguments =
        [
            _folder.File("a.quire"),
            .. new[] { mebibytes, cache, pageSize, operations }
                .Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ];
        using WorkerProcess worker = WorkerProcess.Start("big-file", arguments);
        while (true)
        {
            string[] words = worker.ReadLine().Split(' ');
            if (words[0] == "managed")
            {
                Assert.Equal(0, worker.WaitForExit());
                return (
                    long.Parse(words[1], CultureInfo.InvariantCulture),
                    long.Parse(words[3], CultureInfo.InvariantCulture));
            }
        }
    }
}
