using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Traces;

public sealed class TraceRunsTests
{
    [Fact]
    public void What_repeats_is_shown_once_and_counted()
    {
        string[] lines =
        [
            "C5",
            .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"  read {i}", $"  write {i}" }),
            .. Enumerable.Range(0, 8).Select(i => $"  write {i}"),
            "C6",
            .. Enumerable.Range(0, 6).Select(i => $"  sync {i}"),
        ];
        Assert.Equal(
            [
                "C5", "  read 0", "  write 0", "  ... 8 more like this", "  read 9", "  write 9",
                "  write 0", "  ... 6 more like this", "  write 7", "C6",
                .. Enumerable.Range(0, 6).Select(i => $"  sync {i}"),
            ],
            TraceRuns.Collapse(lines));
    }
}
