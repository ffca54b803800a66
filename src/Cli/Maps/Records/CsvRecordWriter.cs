using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Quire.Cli.Maps.Records;

/// <summary>Writes <see cref="RecordFormat.Csv"/>.</summary>
internal sealed class CsvRecordWriter(Stream output) : RecordWriter(output)
{
    /// <summary>What a field that is no text begins with.</summary>
    public static ReadOnlySpan<byte> Base64Prefix => "base64:"u8;

    private static readonly SearchValues<byte> NeedQuotes = SearchValues.Create("\",\r\n"u8);

    public override void Begin() => Pending.Write("map,key,value\r\n"u8);

    public override void Write(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The map is what it is: a name, and always text.
        WriteText(Encoding.UTF8.GetBytes(map));
        Pending.Write(","u8);
        WriteField(key);
        Pending.Write(","u8);
        WriteField(value);
        Pending.Write("\r\n"u8);
    }

    private void WriteField(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes) && !bytes.StartsWith(Base64Prefix))
        {
            WriteText(bytes);
            return;
        }

        Pending.Write(Base64Prefix);
        Span<byte> text = Pending.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, text, out _, out int written);
        Pending.Advance(written);
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny(NeedQuotes))
        {
            Pending.Write(text);
            return;
        }

        Pending.Write("\""u8);
        for (int quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
        {
            Pending.Write(text[..(quote + 1)]);
            Pending.Write("\""u8);
            text = text[(quote + 1)..];
        }

        Pending.Write(text);
        Pending.Write("\""u8);
    }
}
