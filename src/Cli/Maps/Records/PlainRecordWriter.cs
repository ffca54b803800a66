using System.Buffers;
using System.Text;

namespace Quire.Cli.Maps.Records;

/// <summary>
/// Writes key, tab, value, for people and line tools: as <see cref="MapText.Printable"/>, or both
/// in hexadecimal.
/// </summary>
internal sealed class PlainRecordWriter(Stream output, bool isHex) : RecordWriter(output)
{
    public override void Write(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Write(key);
        Pending.Write("\t"u8);
        Write(value);
        Pending.Write("\n"u8);
    }

    private void Write(ReadOnlySpan<byte> bytes) => Pending.Write(
        Encoding.UTF8.GetBytes(isHex ? Convert.ToHexStringLower(bytes) : MapText.Printable(bytes)));
}
