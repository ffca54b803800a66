using System.Globalization;
using System.Xml.Linq;
using Quire.Peers.Reports;
using Xunit;

namespace Quire.Tests.Benchmarks;

/// <summary>The charts of the comparison with other engines.</summary>
public sealed class PeerChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Bars_are_as_long_as_their_values_say()
    {
        XElement chart = Draw(
            new Bar("whole", BarKind.Peer, 200, 200, 200),
            new Bar("half", BarKind.Quire, 100, 90, 110));

        double[] widths =
        [
            .. chart.Elements(Svg + "rect").Skip(1)
                .Select(one => double.Parse(
                    one.Attribute("width")!.Value, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(2, widths.Length);
        Assert.Equal(widths[0], 2 * widths[1], 1.0);
        Assert.True(widths[0] > 100, "the longest bar fills the chart");
    }

    [Fact]
    public void Names_with_markup_are_text()
    {
        XElement chart = Draw(new Bar("a < b & \"c\"", BarKind.Floor, 1, 1, 1));
        Assert.Contains(chart.Elements(Svg + "text"), one => one.Value == "a < b & \"c\"");
    }

    [Fact]
    public void No_bars_and_bars_of_nothing_make_a_chart_too()
    {
        Assert.Single(Draw().Elements(Svg + "rect"));
        XElement nothing = Draw(new Bar("nothing", BarKind.Peer, 0, 0, 0));
        Assert.Equal("0.0", nothing.Elements(Svg + "rect").Last().Attribute("width")!.Value);
    }

    private static XElement Draw(params Bar[] bars) =>
        XElement.Parse(BarChart.Draw("title", "per s", isHigherBetter: true, bars));
}
