using System.Buffers;
using System.Text;

namespace Quire.Cli.Maps;

/// <summary>Keys and values as they are typed and shown.</summary>
internal static class MapText
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// The bytes of what was typed: its UTF-8, or what its hexadecimal digits say.
    /// </summary>
    public static byte[] Parse(string typed, bool isHex)
    {
        try
        {
            return isHex ? Convert.FromHexString(typed) : Strict.GetBytes(typed);
        }
        catch (FormatException)
        {
            throw CommandException.Usage(
                $"'{typed}' is not hexadecimal: two digits for each byte.");
        }
        catch (EncoderFallbackException)
        {
            throw CommandException.Usage($"'{typed}' is no valid Unicode text; try --hex.");
        }
    }

    /// <summary>
    /// Text on one line: control characters and bytes that are no text as <c>\t</c>, <c>\n</c>,
    /// <c>\r</c> and <c>\x1f</c>, a backslash as two. Nothing is lost.
    /// </summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            if (status != OperationStatus.Done)
            {
                foreach (byte wrong in bytes[..length])
                {
                    text.Append($"\\x{wrong:x2}");
                }
            }
            else
            {
                Append(text, rune, bytes[..length]);
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>For a message: in quotation marks, and not too long.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        const int Longest = 60;
        return bytes.Length <= Longest
            ? $"\"{Printable(bytes)}\""
            : $"\"{Printable(bytes[..Longest])}...\" ({bytes.Length} bytes)";
    }

    private static void Append(StringBuilder text, Rune rune, ReadOnlySpan<byte> bytes)
    {
        switch (rune.Value)
        {
            case '\\':
                text.Append("\\\\");
                break;
            case '\t':
                text.Append("\\t");
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case var _ when Rune.IsControl(rune):
                foreach (byte one in bytes)
                {
                    text.Append($"\\x{one:x2}");
                }

                break;
            default:
                text.Append(rune);
                break;
        }
    }
}
