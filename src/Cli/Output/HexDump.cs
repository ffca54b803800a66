using System.Text;

namespace Quire.Cli.Output;

/// <summary>
/// Bytes as people read them: offset, 16 bytes, and their letters. A line that repeats the one
/// above it is folded into a single asterisk, as other dumps do.
/// </summary>
internal static class HexDump
{
    private const int LineBytes = 16;

    public static void Write(TextWriter output, ReadOnlySpan<byte> bytes)
    {
        bool isFolded = false;
        for (int offset = 0; offset < bytes.Length; offset += LineBytes)
        {
            ReadOnlySpan<byte> line = bytes[offset..Math.Min(offset + LineBytes, bytes.Length)];
            bool repeats = offset > 0 && line.SequenceEqual(
                bytes.Slice(offset - LineBytes, LineBytes)[..line.Length])
                && line.Length == LineBytes;
            if (!repeats)
            {
                output.WriteLine(Line(offset, line));
            }
            else if (!isFolded)
            {
                output.WriteLine("*");
            }

            isFolded = repeats;
        }

        output.WriteLine($"{bytes.Length:x8}");
    }

    private static string Line(int offset, ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder($"{offset:x8}  ");
        for (int i = 0; i < LineBytes; i++)
        {
            text.Append(i < line.Length ? $"{line[i]:x2} " : "   ");
            if (i == (LineBytes / 2) - 1)
            {
                text.Append(' ');
            }
        }

        text.Append(" |");
        foreach (byte value in line)
        {
            text.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
        }

        return text.Append('|').ToString();
    }
}
