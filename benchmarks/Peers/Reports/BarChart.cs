using System.Globalization;

namespace Quire.Peers.Reports;

/// <summary>A bar: its name, its length, and the range that a thin line shows.</summary>
internal sealed record Bar(string Name, BarKind Kind, double Value, double Least, double Most)
{
    /// <summary>How many times the floor, where there is one.</summary>
    public double? TimesFloor { get; init; }
}

/// <summary>
/// Horizontal bars. Where the longest is too much longer than the shortest, on a logarithmic scale,
/// which then says so.
/// </summary>
internal static class BarChart
{
    private const int Width = 800;
    private const int NameWidth = 230;
    private const int NumberWidth = 165;
    private const int RowHeight = 24;
    private const int BarHeight = 16;
    private const int Top = 40;
    private const int Axis = 40;

    /// <summary>From which ratio on a bar in proportion could not be seen.</summary>
    private const double LogarithmicFrom = 50;

    /// <param name="title">What is measured.</param>
    /// <param name="unit">In what.</param>
    /// <param name="isHigherBetter">Whether a long bar is a good one; the chart says which.</param>
    /// <param name="bars">From top to bottom. Values are finite and not negative.</param>
    public static string Draw(
        string title, string unit, bool isHigherBetter, IReadOnlyList<Bar> bars)
    {
        double most = bars.Count == 0 ? 0 : bars.Max(bar => Math.Max(bar.Value, bar.Most));
        double least = bars.Where(bar => bar.Value > 0).Select(bar => bar.Value)
            .DefaultIfEmpty(0).Min();
        var scale = new Scale(least, most);
        int bottom = Top + (bars.Count * RowHeight);
        var svg = new SvgText(Width, bottom + Axis);
        string better = isHigherBetter ? "more is better" : "less is better";
        svg.Text(8, 22, $"{title} ({better})", "font-size=\"15\"");
        DrawAxis(svg, scale, bottom, unit);
        if (bars.FirstOrDefault(bar => bar.Kind == BarKind.Floor) is { Value: > 0 } floor)
        {
            double at = scale.At(floor.Value);
            svg.Rule(at, Top - 6, at, bottom, "class=\"axis\" stroke-dasharray=\"4 3\"");
        }

        for (int i = 0; i < bars.Count; i++)
        {
            DrawBar(svg, bars[i], Top + (i * RowHeight), scale);
        }

        return svg.End();
    }

    private static void DrawAxis(SvgText svg, Scale scale, int bottom, string unit)
    {
        foreach (double tick in scale.Ticks())
        {
            double at = scale.At(tick);
            svg.Rule(at, Top - 6, at, bottom, "class=\"grid\"");
            svg.Text(at, bottom + 14, SvgText.Short(tick),
                "class=\"faint\" font-size=\"11\" text-anchor=\"middle\"");
        }

        svg.Rule(NameWidth, bottom, Width - NumberWidth, bottom, "class=\"axis\"");
        svg.Text(NameWidth, bottom + 30, scale.IsLogarithmic ? $"{unit}, logarithmic" : unit,
            "class=\"faint\" font-size=\"11\"");
    }

    private static void DrawBar(SvgText svg, Bar bar, int top, Scale scale)
    {
        int text = top + BarHeight - 3;
        double end = scale.At(bar.Value);
        double most = scale.At(bar.Most);
        int middle = top + (BarHeight / 2);
        svg.Text(NameWidth - 8, text, bar.Name, "text-anchor=\"end\"");
        svg.Line($"<rect x=\"{NameWidth}\" y=\"{top}\" width=\"{SvgText.At(end - NameWidth)}\" " +
            $"height=\"{BarHeight}\" fill=\"{ColourOf(bar.Kind)}\"/>");
        svg.Rule(scale.At(bar.Least), middle, most, middle, "class=\"range\"");
        svg.Text(
            Math.Max(end, most) + 6, text, ResultTable.Number(bar.Value) + RatioOf(bar));
    }

    private static string RatioOf(Bar bar)
    {
        if (bar is not { TimesFloor: { } times, Kind: not BarKind.Floor })
        {
            return "";
        }

        string layout = times < 10 ? "0.00" : "0";
        return $" ({times.ToString(layout, CultureInfo.InvariantCulture)} of floor)";
    }

    public static string ColourOf(BarKind kind) => kind switch
    {
        BarKind.Floor => "#9a9a9a",
        BarKind.Quire => "#2f83c5",
        BarKind.PeerWithoutDurability => "#e3c39a",
        _ => "#d9822b",
    };

    /// <summary>From a value to its place.</summary>
    private sealed class Scale(double least, double most)
    {
        private const double Length = Width - NameWidth - NumberWidth;

        private readonly double _from = Math.Pow(10, Math.Floor(Math.Log10(least) - 0.3));

        public bool IsLogarithmic { get; } = least > 0 && most / least > LogarithmicFrom;

        public double At(double value)
        {
            double share = (most > 0, IsLogarithmic) switch
            {
                (false, _) => 0,
                (_, false) => value / most,
                _ => Math.Log(Math.Max(value, _from) / _from) / Math.Log(most / _from),
            };
            return NameWidth + (Math.Clamp(share, 0, 1) * Length);
        }

        public IEnumerable<double> Ticks()
        {
            if (most <= 0)
            {
                yield break;
            }

            if (IsLogarithmic)
            {
                for (double tick = _from; tick <= most; tick *= 10)
                {
                    yield return tick;
                }

                yield break;
            }

            double power = Math.Pow(10, Math.Floor(Math.Log10(most)));
            double step = (most / power) switch { < 2 => power / 2, < 5 => power, _ => power * 2 };
            for (double tick = 0; tick <= most; tick += step)
            {
                yield return tick;
            }
        }
    }
}
