using System.Globalization;
using System.Security;
using System.Text;

namespace Quire.Peers.Reports;

/// <summary>What is drawn differently.</summary>
internal enum BarKind
{
    Floor,
    Quire,
    Peer,
    PeerWithoutDurability,
}

/// <summary>A bar: its name, its length, and the range that a thin line shows.</summary>
internal sealed record Bar(string Name, BarKind Kind, double Value, double Least, double Most);

/// <summary>
/// Horizontal bars as SVG: no script, no fonts of its own, readable on light and dark pages.
/// </summary>
internal static class BarChart
{
    private const int Width = 760;
    private const int NameWidth = 230;
    private const int NumberWidth = 90;
    private const int RowHeight = 24;
    private const int BarHeight = 16;
    private const int Top = 40;

    /// <param name="title">What is measured.</param>
    /// <param name="unit">In what.</param>
    /// <param name="isHigherBetter">Whether a long bar is a good one; the chart says which.</param>
    /// <param name="bars">From top to bottom. Values are finite and not negative.</param>
    public static string Draw(
        string title, string unit, bool isHigherBetter, IReadOnlyList<Bar> bars)
    {
        double most = bars.Count == 0 ? 0 : bars.Max(bar => Math.Max(bar.Value, bar.Most));
        double scale = most > 0 ? (Width - NameWidth - NumberWidth) / most : 0;
        int height = Top + (bars.Count * RowHeight) + 8;
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" " +
            $"height=\"{height}\" viewBox=\"0 0 {Width} {height}\" " +
            "font-family=\"sans-serif\" font-size=\"13\">");
        Line(svg, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        string better = isHigherBetter ? "more is better" : "less is better";
        Line(svg, $"<text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#111111\">" +
            $"{Escape(title)}, {Escape(unit)} ({better})</text>");
        for (int i = 0; i < bars.Count; i++)
        {
            DrawBar(svg, bars[i], Top + (i * RowHeight), scale);
        }

        Line(svg, "</svg>");
        return svg.ToString();
    }

    private static void DrawBar(StringBuilder svg, Bar bar, int top, double scale)
    {
        int text = top + BarHeight - 3;
        double end = NameWidth + (bar.Value * scale);
        double most = NameWidth + (bar.Most * scale);
        double least = NameWidth + (bar.Least * scale);
        int middle = top + (BarHeight / 2);
        Line(svg, $"<text x=\"{NameWidth - 8}\" y=\"{text}\" text-anchor=\"end\" " +
            $"fill=\"#111111\">{Escape(bar.Name)}</text>");
        Line(svg, $"<rect x=\"{NameWidth}\" y=\"{top}\" width=\"{At(end - NameWidth)}\" " +
            $"height=\"{BarHeight}\" fill=\"{ColourOf(bar.Kind)}\"/>");
        Line(svg, $"<line x1=\"{At(least)}\" y1=\"{middle}\" x2=\"{At(most)}\" y2=\"{middle}\" " +
            "stroke=\"#111111\"/>");
        Line(svg, $"<text x=\"{At(Math.Max(end, most) + 6)}\" y=\"{text}\" fill=\"#111111\">" +
            $"{Escape(ResultTable.Number(bar.Value))}</text>");
    }

    private static string ColourOf(BarKind kind) => kind switch
    {
        BarKind.Floor => "#bbbbbb",
        BarKind.Quire => "#1f77b4",
        BarKind.PeerWithoutDurability => "#f4cfa0",
        _ => "#e0903c",
    };

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string At(double place) => place.ToString("0.0", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder svg, string line) => svg.Append(line).Append('\n');
}
