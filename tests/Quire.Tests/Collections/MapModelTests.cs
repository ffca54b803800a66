using Xunit;

namespace Quire.Tests.Collections;

/// <summary>
/// Maps against a sorted list: random operations with commits, rollbacks, reopenings and power cuts
/// between them. The seeds are in the test's arguments; <see cref="MapProperties"/> draws others.
/// </summary>
public sealed class MapModelTests
{
    [Theory]
    [InlineData(512, KeyShape.Dense, 1, 16 << 20)]
    [InlineData(512, KeyShape.Random, 2, 16 << 20)]
    [InlineData(512, KeyShape.Prefixed, 3, 16 << 20)]
    [InlineData(512, KeyShape.Longest, 4, 16 << 20)]
    [InlineData(512, KeyShape.Mixed, 5, 16 << 20)]
    [InlineData(512, KeyShape.Mixed, 6, 0)]
    [InlineData(1024, KeyShape.Dense, 7, 0)]
    [InlineData(1024, KeyShape.Mixed, 8, 16 << 20)]
    [InlineData(4096, KeyShape.Prefixed, 9, 16 << 20)]
    [InlineData(4096, KeyShape.Mixed, 10, 16 << 20)]
    [InlineData(65536, KeyShape.Random, 11, 16 << 20, 1500)]
    [InlineData(512, KeyShape.Prefixed, 12, 0)]
    [InlineData(512, KeyShape.Longest, 13, 0)]
    public void A_map_is_what_a_sorted_list_would_be(
        int pageSize, KeyShape shape, int seed, long stagingBytes, int operations = 3000)
    {
        using var model = new MapModel(pageSize, shape, seed, stagingBytes);
        model.Run(operations);
        Assert.Equal(operations, model.Operations);
    }

    [SkippableTheory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void A_map_is_what_a_sorted_list_would_be_for_many_seeds(int pageSize)
    {
        Skip.If(
            Environment.GetEnvironmentVariable("QUIRE_LONG") != "1",
            "takes minutes; set QUIRE_LONG=1");
        for (int seed = 100; seed < 150; seed++)
        {
            using var model = new MapModel(
                pageSize, (KeyShape)(seed % 5), seed, seed % 2 == 0 ? 0 : 16 << 20);
            model.Run(10_000);
            Assert.Equal(10_000, model.Operations);
        }
    }
}
