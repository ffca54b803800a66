using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Quire.Cli.Output;

/// <summary>One JSON object on one line.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Paths and names stay readable; the output goes to a program, not into a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes an object whose members <paramref name="members"/> writes.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> members)
    {
        output.Write(Make(members));
        output.Write('\n');
    }

    public static string Make(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>
    /// A checksum, salt or seal: 16 hexadecimal digits, for no JSON number holds it.
    /// </summary>
    public static void WriteHex(this Utf8JsonWriter json, string name, ulong value) =>
        json.WriteString(name, $"{value:x16}");
}
