using Quire.Tests.Support;
using Xunit;
using Xunit.Sdk;

namespace Quire.Tests.Traces;

public sealed class GoldenFileTests
{
    [Fact]
    public void Rewriting_is_off_unless_asked_for_and_refused_in_CI()
    {
        Assert.False(GoldenFile.MayRewrite(null, null));
        Assert.False(GoldenFile.MayRewrite("0", null));
        Assert.True(GoldenFile.MayRewrite("1", null));
        Assert.True(GoldenFile.MayRewrite("1", "false"));
        Assert.Throws<XunitException>(() => GoldenFile.MayRewrite("1", "true"));
        Assert.False(GoldenFile.MayRewrite(null, "true"));
    }

    [Fact]
    public void A_difference_shows_what_is_missing_and_what_is_new()
    {
        string difference = GoldenFile.Difference("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nX\nf\n");
        Assert.Equal("  c\n  d\n- e\n+ X\n  f\n  ", difference);
    }

    [Fact]
    public void A_missing_golden_file_is_a_failure()
    {
        if (!GoldenFile.MayRewrite())
        {
            Assert.Throws<XunitException>(() => GoldenFile.Check("no-such-scenario", "R1\n"));
        }
    }
}
