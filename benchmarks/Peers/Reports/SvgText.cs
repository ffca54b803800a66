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

/// <summary>
/// An SVG in the making: no script, no fonts of its own. It brings its background along and
/// follows the reader's choice of light or dark, so it is legible on any page.
/// </summary>
internal sealed class SvgText
{
    private const string Style =
        """
        <style>
        .paper{fill:#ffffff} text{fill:#1a1a1a} .faint{fill:#5f5f5f}
        .axis{stroke:#8a8a8a} .grid{stroke:#e0e0e0} .range{stroke:#1a1a1a}
        @media (prefers-color-scheme: dark){
        .paper{fill:#15181c} text{fill:#e8e8e8} .faint{fill:#a4a4a4}
        .axis{stroke:#8a8a8a} .grid{stroke:#33383f} .range{stroke:#e8e8e8}}
        </style>
        """;

    private readonly StringBuilder _svg = new();

    public SvgText(int width, int height)
    {
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" " +
            $"height=\"{height}\" viewBox=\"0 0 {width} {height}\" " +
            "font-family=\"sans-serif\" font-size=\"13\">");
        Line(Style.ReplaceLineEndings("\n"));
        Line($"<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>");
    }

    public void Text(double x, double y, string text, string attributes = "") =>
        Line($"<text x=\"{At(x)}\" y=\"{At(y)}\" {attributes}>" +
            $"{SecurityElement.Escape(text)}</text>");

    public void Rule(double x1, double y1, double x2, double y2, string attributes) =>
        Line($"<line x1=\"{At(x1)}\" y1=\"{At(y1)}\" x2=\"{At(x2)}\" y2=\"{At(y2)}\" " +
            $"{attributes}/>");

    public void Line(string line) => _svg.Append(line).Append('\n');

    public string End()
    {
        Line("</svg>");
        return _svg.ToString();
    }

    public static string At(double place) => place.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>10,000,000 as 10M: for axes, where there is little room.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e3 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
