using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Quire.Cli.Maps.Records;

/// <summary>Reads <see cref="RecordFormat.JsonLines"/>. Empty lines are skipped.</summary>
internal sealed class JsonRecordReader(Stream input, string? map) : RecordReader
{
    private readonly LineReader _lines = new(input);
    private string _lastMap = "";

    /// <summary>Which members were there.</summary>
    [Flags]
    private enum Members
    {
        None = 0,
        Map = 1,
        Key = 2,
        Value = 4,
    }

    public override long BytesRead => _lines.BytesRead;

    public override bool TryRead(MapRecord record)
    {
        while (_lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (!line.Trim(" \t\r"u8).IsEmpty)
            {
                Parse(line, record);
                return true;
            }
        }

        return false;
    }

    private void Parse(ReadOnlySpan<byte> line, MapRecord record)
    {
        record.Clear();
        record.Place = new InputPlace(_lines.Line, 1);
        var json = new Utf8JsonReader(line);
        try
        {
            Members members = ReadMembers(ref json, line, record);
            json.Read(); // Says what is wrong with anything behind the object.
            CheckMembers(members, line);
            record.IsMapOnly = !members.HasFlag(Members.Key);
            record.Map = map ?? _lastMap;
        }
        catch (JsonException error)
        {
            throw Error(line, error.BytePositionInLine ?? 0, MessageOf(error));
        }
        catch (InvalidOperationException)
        {
            // What the JSON reader says of bytes that are no UTF-8 and of half a surrogate pair.
            throw Error(line, json.TokenStartIndex, "the string is no valid Unicode text");
        }
    }

    private Members ReadMembers(
        ref Utf8JsonReader json, ReadOnlySpan<byte> line, MapRecord record)
    {
        json.Read();
        Expect(json, line, JsonTokenType.StartObject, "a JSON object");
        Members members = Members.None;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            Members member = json.ValueTextEquals("map"u8) ? Members.Map
                : json.ValueTextEquals("key"u8) ? Members.Key
                : json.ValueTextEquals("value"u8) ? Members.Value
                : throw Error(
                    line, json.TokenStartIndex, $"unknown member {MapText.Quote(json.ValueSpan)}");
            if (members.HasFlag(member))
            {
                throw Error(
                    line, json.TokenStartIndex, $"member {MapText.Quote(json.ValueSpan)} again");
            }

            members |= member;
            json.Read();
            if (member == Members.Map)
            {
                ReadMap(json, line);
            }
            else if (member == Members.Key)
            {
                record.Place = PlaceOf(line, json.TokenStartIndex);
                ReadBytes(ref json, line, record.Key);
            }
            else
            {
                ReadBytes(ref json, line, record.Value);
            }
        }

        return members;
    }

    private void CheckMembers(Members members, ReadOnlySpan<byte> line)
    {
        string? missing = !members.HasFlag(Members.Map) && map is null ? "map"
            : members.HasFlag(Members.Key) == members.HasFlag(Members.Value) ? null
            : members.HasFlag(Members.Key) ? "value"
            : "key";
        if (missing is not null)
        {
            throw Error(line, 0, $"the object has no member \"{missing}\"");
        }
    }

    private void ReadMap(in Utf8JsonReader json, ReadOnlySpan<byte> line)
    {
        Expect(json, line, JsonTokenType.String, "a string");
        if (json.ValueTextEquals(""u8))
        {
            throw Error(line, json.TokenStartIndex, "the name of the map is empty");
        }

        if (!json.ValueTextEquals(_lastMap))
        {
            _lastMap = json.GetString()!;
        }
    }

    private void ReadBytes(
        ref Utf8JsonReader json, ReadOnlySpan<byte> line, ArrayBufferWriter<byte> bytes)
    {
        if (json.TokenType == JsonTokenType.StartObject)
        {
            ReadBase64(ref json, line, bytes);
            return;
        }

        Expect(json, line, JsonTokenType.String, "a string or {\"base64\":\"...\"}");
        if (!json.ValueIsEscaped)
        {
            if (!Utf8.IsValid(json.ValueSpan))
            {
                throw Error(line, json.TokenStartIndex, "the string is no valid Unicode text");
            }

            bytes.Write(json.ValueSpan);
            return;
        }

        // Escapes only become shorter.
        bytes.Advance(json.CopyString(bytes.GetSpan(json.ValueSpan.Length)));
    }

    private void ReadBase64(
        ref Utf8JsonReader json, ReadOnlySpan<byte> line, ArrayBufferWriter<byte> bytes)
    {
        const string Expected = "{\"base64\":\"...\"}";
        json.Read();
        if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("base64"u8))
        {
            throw Error(line, json.TokenStartIndex, $"expected {Expected}");
        }

        json.Read();
        Expect(json, line, JsonTokenType.String, Expected);
        if (!json.TryGetBytesFromBase64(out byte[]? decoded))
        {
            throw Error(line, json.TokenStartIndex, "the string is no base64");
        }

        bytes.Write(decoded);
        json.Read();
        Expect(json, line, JsonTokenType.EndObject, "}");
    }

    private void Expect(
        in Utf8JsonReader json, ReadOnlySpan<byte> line, JsonTokenType token, string what)
    {
        if (json.TokenType != token)
        {
            throw Error(line, json.TokenStartIndex, $"expected {what}");
        }
    }

    private InputException Error(ReadOnlySpan<byte> line, long offset, string problem) =>
        new(PlaceOf(line, offset), problem);

    private InputPlace PlaceOf(ReadOnlySpan<byte> line, long offset) => new(
        _lines.Line,
        1 + Encoding.UTF8.GetCharCount(line[..(int)Math.Clamp(offset, 0, line.Length)]));

    /// <summary>Without the position, which we say ourselves and count from 1.</summary>
    private static string MessageOf(JsonException error)
    {
        int position = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? error.Message : error.Message[..position].TrimEnd('.');
    }
}
