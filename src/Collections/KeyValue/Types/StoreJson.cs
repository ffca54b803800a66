using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Quire;

/// <summary>
/// The JSON forms of the key-value store's types: what <c>quire kv</c> reads and prints.
/// </summary>
/// <remarks>
/// <para>
/// A key is an array of parts: text, a number, a truth value, <c>{"bigint":"-5"}</c> for an
/// integer, <c>{"bytes":"00ff"}</c>, and for the numbers that JSON cannot write
/// <c>{"number":"NaN"}</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>. <b>1 is a number there, not
/// the integer</b> that .NET's 1 is. <c>{"commitVersionstamp":true}</c> is
/// <see cref="StoreKeyPart.CommitVersionstamp"/>.
/// </para>
/// <para>
/// A value is <c>{"u64":"5"}</c>, <c>{"bytes":"00ff"}</c> or any other JSON; where JSON itself
/// looks like one of these, it is <c>{"$json":...}</c>.
/// </para>
/// <para>
/// Reading is strict: a name that is unknown or there twice, a number that no double is equal to,
/// hexadecimal of odd length are a <see cref="FormatException"/> that names the place.
/// </para>
/// </remarks>
public static partial class StoreJson
{
    private static readonly JsonWriterOptions ReadableText =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line of JSON.</summary>
    public static string ToText(StoreKey key) => Text(json => Write(json, key));

    /// <summary>One line of JSON.</summary>
    public static string ToText(StoreValue value) => Text(json => Write(json, value));

    /// <summary>One line of JSON.</summary>
    public static string ToText(StoreEntry entry) => Text(json => Write(json, entry));

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">Not the JSON form of a key.</exception>
    public static StoreKey ParseKey(string json)
    {
        using JsonDocument document = Parse(json);
        return ReadKey(document.RootElement, "key");
    }

    /// <summary>
    /// Reads a key or, of an empty array, none: the prefix of everything.
    /// </summary>
    /// <exception cref="FormatException">Not the JSON form of a key.</exception>
    public static StoreKey? ParsePrefix(string json)
    {
        using JsonDocument document = Parse(json);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 0
            ? null
            : ReadKey(root, "prefix");
    }

    /// <summary>Reads a value.</summary>
    /// <exception cref="FormatException">Not the JSON form of a value.</exception>
    public static StoreValue ParseValue(string json)
    {
        using JsonDocument document = Parse(json);
        return ReadValue(document.RootElement, "value");
    }

    /// <summary>Writes a key.</summary>
    public static void Write(Utf8JsonWriter json, StoreKey key)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(key);
        json.WriteStartArray();
        foreach (StoreKeyPart part in key)
        {
            Write(json, part);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter json, StoreValue value)
    {
        ArgumentNullException.ThrowIfNull(json);
        switch (value.Kind)
        {
            case StoreValueKind.UInt64:
                WriteNamed(json, "u64", value.AsUInt64().ToString(CultureInfo.InvariantCulture));
                break;
            case StoreValueKind.Bytes:
                WriteNamed(json, "bytes", Convert.ToHexStringLower(value.Span));
                break;
            default:
                WriteJson(json, value.Span);
                break;
        }
    }

    /// <summary>Writes an entry: key, value and versionstamp.</summary>
    public static void Write(Utf8JsonWriter json, StoreEntry entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(entry);
        json.WriteStartObject();
        json.WritePropertyName("key");
        Write(json, entry.Key);
        json.WritePropertyName("value");
        Write(json, entry.Value);
        json.WriteString("versionstamp", entry.Versionstamp.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, in StoreKeyPart part)
    {
        switch (part.Kind)
        {
            case StoreKeyPartKind.String:
                json.WriteStringValue(part.AsString());
                break;
            case StoreKeyPartKind.Bytes:
                WriteNamed(json, "bytes", Convert.ToHexStringLower(part.AsBytes()));
                break;
            case StoreKeyPartKind.Integer:
                WriteNamed(
                    json, "bigint", part.AsInteger().ToString(CultureInfo.InvariantCulture));
                break;
            case StoreKeyPartKind.Number when double.IsFinite(part.AsNumber()):
                json.WriteNumberValue(part.AsNumber());
                break;
            case StoreKeyPartKind.Number:
                WriteNamed(
                    json, "number", part.AsNumber().ToString(CultureInfo.InvariantCulture));
                break;
            case StoreKeyPartKind.CommitVersionstamp:
                json.WriteStartObject();
                json.WriteBoolean("commitVersionstamp", true);
                json.WriteEndObject();
                break;
            default:
                json.WriteBooleanValue(part.AsBoolean());
                break;
        }
    }

    private static void WriteNamed(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject();
        json.WriteString(name, text);
        json.WriteEndObject();
    }

    /// <summary>As it is kept; in <c>$json</c> when it would be read as something else.</summary>
    private static void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        bool isWrapped = LooksSpecial(text);
        if (isWrapped)
        {
            json.WriteStartObject();
            json.WritePropertyName("$json");
        }

        json.WriteRawValue(text, skipInputValidation: true);
        if (isWrapped)
        {
            json.WriteEndObject();
        }
    }

    private static bool LooksSpecial(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject
            || !reader.Read()
            || reader.TokenType != JsonTokenType.PropertyName
            || !IsSpecialName(ref reader))
        {
            return false;
        }

        using JsonDocument document = Parse(text.ToArray());
        return SpecialOf(document.RootElement) is not null;
    }

    /// <summary>Or perhaps, when it has escapes.</summary>
    private static bool IsSpecialName(ref Utf8JsonReader name) =>
        name.ValueIsEscaped
        || name.ValueTextEquals("u64"u8)
        || name.ValueTextEquals("bytes"u8)
        || name.ValueTextEquals("$json"u8);

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ReadableText))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
