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

        double[] widths = [.. WidthsOf(chart)];
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

    [Fact]
    public void Bars_too_unequal_to_be_seen_are_drawn_on_a_scale_that_says_so()
    {
        XElement chart = Draw(
            new Bar("floor", BarKind.Floor, 10_000, 10_000, 10_000),
            new Bar("small", BarKind.Quire, 10, 10, 10) { TimesFloor = 0.001 });
        Assert.Contains(chart.Elements(Svg + "text"), one => one.Value == "per s, logarithmic");
        Assert.Contains(chart.Elements(Svg + "text"), one => one.Value == "10.0 (0.00 of floor)");
        double[] widths = [.. WidthsOf(chart)];
        Assert.True(widths[1] > 0 && widths[1] < widths[0] / 2);
    }

    [Fact]
    public void A_line_goes_through_its_points_and_names_itself()
    {
        XElement chart = XElement.Parse(LineChart.Draw("title", "threads", "per s",
        [
            new ChartLine("rises", BarKind.Quire, [(1, 10), (4, 100), (16, 1000)]),
            new ChartLine("alone", BarKind.Floor, [(4, 100)]),
        ]));
        double[][] places =
        [
            .. chart.Elements(Svg + "polyline").First().Attribute("points")!.Value.Split(' ')
                .Select(one => one.Split(',').Select(Number).ToArray()),
        ];
        Assert.Equal(3, places.Length);
        Assert.Equal(places[1][0] - places[0][0], places[2][0] - places[1][0], 0.2);
        Assert.Equal(places[1][1] - places[0][1], places[2][1] - places[1][1], 0.2);
        Assert.True(places[2][1] < places[0][1], "more is further up");
        Assert.Contains(chart.Elements(Svg + "text"), one => one.Value == "alone");
    }

    private static IEnumerable<double> WidthsOf(XElement chart) =>
        chart.Elements(Svg + "rect").Skip(1).Select(one => Number(one.Attribute("width")!.Value));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static XElement Draw(params Bar[] bars) =>
        XElement.Parse(BarChart.Draw("title", "per s", isHigherBetter: true, bars));
}
