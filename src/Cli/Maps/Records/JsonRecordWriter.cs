using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Quire.Cli.Maps.Records;

/// <summary>Writes <see cref="RecordFormat.JsonLines"/>.</summary>
internal sealed class JsonRecordWriter : RecordWriter
{
    private static readonly JsonEncodedText MapMember = JsonEncodedText.Encode("map");
    private static readonly JsonEncodedText KeyMember = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText ValueMember = JsonEncodedText.Encode("value");
    private static readonly JsonEncodedText Base64Member = JsonEncodedText.Encode("base64");

    private readonly Utf8JsonWriter _json;

    public JsonRecordWriter(Stream output)
        : base(output) => _json = new Utf8JsonWriter(Pending, new JsonWriterOptions
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
        });

    public override void Write(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _json.WriteStartObject();
        _json.WriteString(MapMember, map);
        Write(KeyMember, key);
        Write(ValueMember, value);
        EndLine();
    }

    public override void WriteEmptyMap(string map)
    {
        _json.WriteStartObject();
        _json.WriteString(MapMember, map);
        EndLine();
    }

    public override void Dispose()
    {
        base.Dispose();
        _json.Dispose();
    }

    private void Write(JsonEncodedText member, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            _json.WriteString(member, bytes);
            return;
        }

        _json.WriteStartObject(member);
        _json.WriteBase64String(Base64Member, bytes);
        _json.WriteEndObject();
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        Pending.Write("\n"u8);
    }
}
