using System.Globalization;

namespace Quire.Peers.Reports;

/// <summary>A line: its name, how it is drawn, and its points, both numbers above zero.</summary>
internal sealed record ChartLine(
    string Name, BarKind Kind, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Lines over something that is varied, both axes logarithmic.</summary>
internal static class LineChart
{
    private const int Width = 800;
    private const int Height = 420;
    private const int Left = 70;
    private const int Right = 560;
    private const int Top = 44;
    private const int Bottom = 360;
    private const int NameHeight = 15;

    /// <summary>Lines of a kind share a colour, and are told apart by their dashes.</summary>
    private static readonly string[] Dashes = ["", "7 4", "2 3", "9 3 2 3", "12 5"];

    /// <param name="title">What is measured.</param>
    /// <param name="across">What is varied.</param>
    /// <param name="unit">In what it is measured.</param>
    /// <param name="lines">In the order of the legend.</param>
    public static string Draw(
        string title, string across, string unit, IReadOnlyList<ChartLine> lines)
    {
        var svg = new SvgText(Width, Height);
        svg.Text(8, 22, title, "font-size=\"15\"");
        (double X, double Y)[] points = [.. lines.SelectMany(line => line.Points)];
        if (points.Length == 0)
        {
            return svg.End();
        }

        double[] places = [.. points.Select(one => one.X).Distinct().Order()];
        var x = new Axis(places[0], places[^1], Left, Right);
        var y = new Axis(
            Power(points.Min(one => one.Y), Math.Floor),
            Power(points.Max(one => one.Y), Math.Ceiling),
            Bottom,
            Top);
        DrawAxes(svg, places, x, y, across, unit);
        DrawLines(svg, lines, x, y);
        return svg.End();
    }

    private static void DrawAxes(
        SvgText svg, double[] places, Axis x, Axis y, string across, string unit)
    {
        for (double tick = y.From; tick <= y.To * 1.001; tick *= 10)
        {
            svg.Rule(Left, y.At(tick), Right, y.At(tick), "class=\"grid\"");
            svg.Text(Left - 6, y.At(tick) + 4, SvgText.Short(tick),
                "class=\"faint\" font-size=\"11\" text-anchor=\"end\"");
        }

        foreach (double place in places)
        {
            svg.Rule(x.At(place), Bottom, x.At(place), Bottom + 5, "class=\"axis\"");
            svg.Text(x.At(place), Bottom + 18, SvgText.Short(place),
                "class=\"faint\" font-size=\"11\" text-anchor=\"middle\"");
        }

        svg.Rule(Left, Bottom, Right, Bottom, "class=\"axis\"");
        svg.Rule(Left, Top, Left, Bottom, "class=\"axis\"");
        svg.Text((Left + Right) / 2.0, Bottom + 38, $"{across}, logarithmic",
            "class=\"faint\" font-size=\"12\" text-anchor=\"middle\"");
        svg.Text(16, (Top + Bottom) / 2.0, $"{unit}, logarithmic",
            "class=\"faint\" font-size=\"12\" text-anchor=\"middle\" " +
            $"transform=\"rotate(-90 16 {(Top + Bottom) / 2})\"");
    }

    private static void DrawLines(SvgText svg, IReadOnlyList<ChartLine> lines, Axis x, Axis y)
    {
        Dictionary<BarKind, int> seen = [];
        for (int i = 0; i < lines.Count; i++)
        {
            ChartLine line = lines[i];
            int before = seen.GetValueOrDefault(line.Kind);
            seen[line.Kind] = before + 1;
            string stroke = $"stroke=\"{BarChart.ColourOf(line.Kind)}\" stroke-width=\"2\" " +
                $"stroke-dasharray=\"{Dashes[before % Dashes.Length]}\" fill=\"none\"";
            string places = string.Join(' ', line.Points.Select(one => string.Create(
                CultureInfo.InvariantCulture, $"{x.At(one.X):0.0},{y.At(one.Y):0.0}")));
            svg.Line($"<polyline points=\"{places}\" {stroke}/>");
            double named = Top + 8 + (i * (NameHeight + 5));
            svg.Rule(Right + 14, named - 4, Right + 44, named - 4, stroke);
            svg.Text(Right + 50, named, line.Name, "font-size=\"11\"");
        }
    }

    private static double Power(double value, Func<double, double> round) =>
        Math.Pow(10, round(Math.Log10(value)));

    private sealed class Axis(double from, double to, double start, double end)
    {
        public double From => from;

        public double To => to;

        public double At(double value) => to > from
            ? start + (Math.Log(value / from) / Math.Log(to / from) * (end - start))
            : (start + end) / 2;
    }
}
