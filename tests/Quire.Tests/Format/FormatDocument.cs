using System.Globalization;

namespace Quire.Tests.Format;

/// <summary>docs/format.md as data: its tables by heading, and its hex dumps.</summary>
internal sealed class FormatDocument
{
    private readonly string[] _lines;

    public FormatDocument() => _lines = File.ReadAllLines(
        Path.Combine(RepositoryRoot(), "docs", "format.md"));

    /// <summary>
    /// The rows of the tables under a heading whose first column header is the given one.
    /// </summary>
    public IReadOnlyList<string[]> Table(string heading, string firstColumn)
    {
        var rows = new List<string[]>();
        bool isUnderHeading = false;
        bool isInTable = false;
        foreach (string line in _lines)
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                isUnderHeading = line == $"## {heading}";
            }

            if (!line.StartsWith('|'))
            {
                isInTable = false;
            }
            else if (isUnderHeading)
            {
                string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
                if (isInTable && !cells[0].StartsWith("---", StringComparison.Ordinal))
                {
                    rows.Add(cells);
                }

                isInTable |= cells[0] == firstColumn;
            }
        }

        return rows.Count > 0
            ? rows
            : throw new InvalidDataException($"docs/format.md has no table '{heading}'.");
    }

    /// <summary>The fields of a layout table, in order.</summary>
    public IReadOnlyList<Field> Fields(string heading) =>
    [
        .. Table(heading, "Offset").Select(cells => new Field(
            cells[2], (int)Number(cells[0]), (int)Number(cells[1]))),
    ];

    /// <summary>A table of two columns or more: name to value.</summary>
    public IReadOnlyDictionary<string, long> Values(string heading, string firstColumn) =>
        Table(heading, firstColumn).ToDictionary(cells => cells[0], cells => Number(cells[1]));

    /// <summary>The bytes that a hex dump shows: of each line, those that it has.</summary>
    public IReadOnlyDictionary<int, byte[]> Dump(int index)
    {
        var lines = new Dictionary<int, byte[]>();
        int dump = -1;
        bool isInside = false;
        foreach (string line in _lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                dump += line == "```hex" ? 1 : 0;
                isInside = line == "```hex";
            }
            else if (isInside && dump == index)
            {
                int offset = int.Parse(
                    line[..6], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                lines.Add(offset, Convert.FromHexString(line[8..55].Replace(" ", "")));
            }
        }

        return lines;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("Engine.sln is not above.");
    }
}

/// <summary>One row of a layout.</summary>
internal sealed record Field(string Name, int Offset, int Size)
{
    public ulong In(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = Size - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[Offset + i];
        }

        return value;
    }
}
