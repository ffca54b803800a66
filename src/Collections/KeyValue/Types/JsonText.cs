using System.Text.Json;
using System.Text.Unicode;

namespace Quire.Collections;

/// <summary>JSON as it is kept: valid, and without whitespace between the tokens.</summary>
internal static class JsonText
{
    private static JsonReaderOptions Options => new() { MaxDepth = StoreValue.MaxJsonDepth };

    /// <summary>The JSON without its whitespace; everything else is left as it is.</summary>
    /// <exception cref="FormatException">Not one JSON value.</exception>
    public static byte[] Compact(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            while (reader.Read())
            {
                CheckText(ref reader);
            }
        }
        catch (JsonException error)
        {
            throw new FormatException(
                $"{json.Length} bytes that are not one JSON value: {error.Message}", error);
        }

        byte[] compact = new byte[json.Length];
        int length = 0;
        bool isInString = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte one = json[i];
            if (isInString || !IsSpace(one))
            {
                compact[length++] = one;
            }

            if (one == '"')
            {
                isInString = !isInString;
            }
            else if (isInString && one == '\\')
            {
                // What it escapes is never the end of the string.
                compact[length++] = json[++i];
            }
        }

        return compact[..length];
    }

    /// <summary>Whether <see cref="Compact"/> would leave it as it is.</summary>
    public static bool IsCompact(ReadOnlySpan<byte> json)
    {
        try
        {
            return Compact(json).Length == json.Length;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The reader itself looks into strings for UTF-8 only when they are asked for.
    /// </summary>
    private static void CheckText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
            && !Utf8.IsValid(reader.ValueSpan))
        {
            throw new JsonException(
                $"The string that ends at byte {reader.BytesConsumed} is no UTF-8.");
        }
    }

    private static bool IsSpace(byte one) =>
        one is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
}
