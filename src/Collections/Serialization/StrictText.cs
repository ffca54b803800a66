using System.Text;

namespace Quire.Collections;

/// <summary>UTF-8 that loses nothing: what cannot be encoded or decoded is an error.</summary>
internal static class StrictText
{
    public static UTF8Encoding Utf8 { get; } =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="FormatException">Not UTF-8.</exception>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new FormatException(
                $"{bytes.Length} bytes that are no text: {error.Message}", error);
        }
    }
}
