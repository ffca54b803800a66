using System.Text;

namespace Quire.Collections;

/// <summary>Names that are keys of records: text that is not empty, as UTF-8.</summary>
internal static class RecordName
{
    /// <summary>The bytes of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="noun">What it is a name of, for messages: "counter".</param>
    /// <param name="longest">How many bytes it may have.</param>
    /// <exception cref="ArgumentException">
    /// Empty, not valid text, or too long: the message has both numbers.
    /// </exception>
    public static byte[] Encode(string name, string noun, int longest)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0)
        {
            throw new ArgumentException($"The name of the {noun} is empty.", nameof(name));
        }

        byte[] bytes = EncodePrefix(name, noun);
        return bytes.Length <= longest
            ? bytes
            : throw new ArgumentException(
                $"The name of the {noun} has {bytes.Length} bytes; in this file it may have " +
                $"{longest}.",
                nameof(name));
    }

    /// <summary>The bytes that names may begin with; none for all names.</summary>
    /// <exception cref="ArgumentException">Not valid text.</exception>
    public static byte[] EncodePrefix(string prefix, string noun)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        try
        {
            return StrictText.Utf8.GetBytes(prefix);
        }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException(
                $"The name of the {noun} is no valid Unicode text: {error.Message}",
                nameof(prefix),
                error);
        }
    }
}
