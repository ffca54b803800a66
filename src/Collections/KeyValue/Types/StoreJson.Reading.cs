using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Quire;

/// <content>Reading.</content>
public static partial class StoreJson
{
    /// <summary>The longest integer has 255 bytes: 615 digits and a sign.</summary>
    private const int MaxIntegerDigits = 616;

    private static readonly JsonDocumentOptions Strict =
        new() { MaxDepth = StoreValue.MaxJsonDepth + 8 };

    /// <summary>Reads a key; <paramref name="place"/> is what messages call it.</summary>
    /// <exception cref="FormatException">Not the JSON form of a key.</exception>
    internal static StoreKey ReadKey(in JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException(
                $"{place}: a key is an array of parts, not {Name(json)}.");
        }

        if (json.GetArrayLength() == 0)
        {
            throw new FormatException($"{place}: a key has at least one part; this has 0.");
        }

        var parts = new StoreKeyPart[json.GetArrayLength()];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = ReadPart(json[i], $"{place}[{i}]");
        }

        try
        {
            return StoreKey.Of(parts);
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    /// <summary>Reads a value; <paramref name="place"/> is what messages call it.</summary>
    /// <exception cref="FormatException">Not the JSON form of a value.</exception>
    internal static StoreValue ReadValue(in JsonElement json, string place)
    {
        if (SpecialOf(json) is not { } special)
        {
            return ReadJson(json, place);
        }

        string inside = $"{place}.{special.Name}";
        return special.Name switch
        {
            "u64" => StoreValue.FromUInt64(UInt64Of(special.Value, inside)),
            "bytes" => StoreValue.FromBytes(BytesOf(special.Value, inside)),
            _ => ReadJson(special.Value, inside),
        };
    }

    /// <summary>
    /// The property of an object that is not plain JSON but one of the special forms.
    /// </summary>
    private static JsonProperty? SpecialOf(in JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || json.GetPropertyCount() != 1)
        {
            return null;
        }

        JsonProperty only = json.EnumerateObject().First();
        bool isText = only.Value.ValueKind == JsonValueKind.String;
        try
        {
            bool isSpecial =
                only.Name is "$json" || (isText && only.Name is ("u64" or "bytes"));
            return isSpecial ? only : null;
        }
        catch (InvalidOperationException)
        {
            // A name that is no text: half of a surrogate pair.
            return null;
        }
    }

    private static StoreValue ReadJson(in JsonElement json, string place)
    {
        try
        {
            return StoreValue.FromJsonText(json.GetRawText());
        }
        catch (FormatException error)
        {
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    private static StoreKeyPart ReadPart(in JsonElement json, string place) => json.ValueKind switch
    {
        JsonValueKind.String => StoreKeyPart.FromString(TextOf(json, place)),
        JsonValueKind.Number => StoreKeyPart.FromNumber(NumberOf(json, place)),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Object => ReadNamedPart(json, place),
        _ => throw new FormatException(
            $"{place}: a part of a key is text, a number, a truth value, " +
            "{\"bigint\":...}, {\"bytes\":...} or {\"number\":...}, " + $"not {Name(json)}."),
    };

    private static StoreKeyPart ReadNamedPart(in JsonElement json, string place)
    {
        if (json.GetPropertyCount() != 1)
        {
            throw new FormatException(
                $"{place}: such a part has one name, as in {{\"bigint\":\"5\"}}; " +
                $"this has {json.GetPropertyCount()}.");
        }

        JsonProperty only = json.EnumerateObject().First();
        string name = NameOf(only, place);
        string inside = $"{place}.{name}";
        switch (name)
        {
            case "bigint":
                return IntegerOf(only.Value, inside);
            case "bytes":
                return StoreKeyPart.FromBytes(BytesOf(only.Value, inside));
            case "number":
                return ExceptionalNumberOf(only.Value, inside);
            case "commitVersionstamp" when only.Value.ValueKind == JsonValueKind.True:
                return StoreKeyPart.CommitVersionstamp;
            default:
                throw new FormatException(
                    $"{inside}: a part of this form is {{\"bigint\":\"5\"}}, " +
                    "{\"bytes\":\"00ff\"}, {\"number\":\"NaN\"} or {\"commitVersionstamp\":true}.");
        }
    }

    /// <summary>
    /// A number that is written as a whole one must be a double exactly: beyond 2^53 two of them
    /// would otherwise be one key.
    /// </summary>
    private static double NumberOf(in JsonElement json, string place)
    {
        string text = json.GetRawText();
        double number = json.GetDouble();
        if (!double.IsFinite(number))
        {
            throw new FormatException($"{place}: {Short(text)} is beyond all numbers.");
        }

        bool isWhole = !text.AsSpan().ContainsAny('.', 'e', 'E');
        if (isWhole && !IsNumber(BigInteger.Parse(text, CultureInfo.InvariantCulture), number))
        {
            throw new FormatException(
                $"{place}: no number is exactly {Short(text)}; the integer is " +
                $"{{\"bigint\":\"{Short(text)}\"}}.");
        }

        return number;
    }

    /// <summary>
    /// Exactly, or as numbers are written: by the shortest digits that lead to them, then zeros.
    /// </summary>
    private static bool IsNumber(BigInteger typed, double number) =>
        typed == (BigInteger)number
        || typed == BigInteger.Parse(
            number.ToString("R", CultureInfo.InvariantCulture),
            NumberStyles.Float,
            CultureInfo.InvariantCulture);

    private static double ExceptionalNumberOf(in JsonElement json, string place) =>
        TextOf(json, place) switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            string other => throw new FormatException(
                $"{place}: \"{Short(other)}\" is not \"NaN\", \"Infinity\" or \"-Infinity\"; " +
                "all other numbers are plain JSON."),
        };

    private static StoreKeyPart IntegerOf(in JsonElement json, string place)
    {
        string text = TextOf(json, place);
        if (text.Length > MaxIntegerDigits)
        {
            throw new FormatException(
                $"{place}: an integer of a key may have 255 bytes, that is 615 digits; " +
                $"this one has {text.Length} characters.");
        }

        ReadOnlySpan<char> digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        if (digits.IndexOfAnyExceptInRange('0', '9') >= 0
            || !BigInteger.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out BigInteger value))
        {
            throw new FormatException($"{place}: \"{Short(text)}\" is no whole number.");
        }

        try
        {
            return value;
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    private static ulong UInt64Of(in JsonElement json, string place)
    {
        string text = TextOf(json, place);
        return text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0
            && ulong.TryParse(
                text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong integer)
            ? integer
            : throw new FormatException(
                $"{place}: \"{Short(text)}\" is no whole number from 0 to {ulong.MaxValue}.");
    }

    private static byte[] BytesOf(in JsonElement json, string place)
    {
        string text = TextOf(json, place);
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw new FormatException(
                $"{place}: \"{Short(text)}\", {text.Length} characters, is not " +
                "two hexadecimal digits for each byte.");
        }
    }

    private static string TextOf(in JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            throw new FormatException($"{place}: text in quotes is expected, not {Name(json)}.");
        }

        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            // An escaped surrogate without its other half.
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    private static string NameOf(in JsonProperty property, string place)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException error)
        {
            // As in texts.
            throw new FormatException($"{place}: a name: {error.Message}", error);
        }
    }

    private static JsonDocument Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return JsonDocument.Parse(json, Strict);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            // An argument, when it holds half of a surrogate pair.
            throw new FormatException($"Not JSON: {MessageOf(error)}", error);
        }
    }

    /// <summary>With a place that reads as a place, and counts from 1.</summary>
    private static string MessageOf(Exception error)
    {
        int position = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position >= 0 && error is JsonException { LineNumber: { } line } json
            ? $"{error.Message[..position].TrimEnd('.')}, in line {line + 1} at byte " +
                $"{json.BytePositionInLine + 1}."
            : error.Message;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8Json) =>
        JsonDocument.Parse(utf8Json, Strict);

    private static string Name(in JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "text",
        JsonValueKind.Number => $"the number {Short(json.GetRawText())}",
        _ => json.GetRawText(),
    };

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..37]}...";
}
