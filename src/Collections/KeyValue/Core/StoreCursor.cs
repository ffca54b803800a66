using System.Buffers.Text;
using System.Security.Cryptography;

namespace Quire.Collections;

/// <summary>
/// The text of a cursor: where a list has stopped, bound to its selector and direction, and with a
/// checksum, so that a cursor that was cut short or mixed up is told and not followed.
/// </summary>
/// <remarks>
/// It names the last key rather than a place in the file, so it stays good whatever is committed
/// between two calls. Bytes: version, four of the selection's hash, four of the whole's, the key.
/// It keeps nothing secret.
/// </remarks>
internal static class StoreCursor
{
    private const byte Version = 1;
    private const int HashBytes = 4;
    private const int SelectionOffset = 1;
    private const int CheckOffset = SelectionOffset + HashBytes;
    private const int KeyOffset = CheckOffset + HashBytes;

    public static string Write(ReadOnlySpan<byte> key, StoreSelector selector, bool isReversed)
    {
        byte[] bytes = new byte[KeyOffset + key.Length];
        bytes[0] = Version;
        SelectionOf(selector, isReversed).CopyTo(bytes, SelectionOffset);
        key.CopyTo(bytes.AsSpan(KeyOffset));
        CheckOf(bytes).CopyTo(bytes, CheckOffset);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The key behind which a list goes on.</summary>
    /// <exception cref="FormatException">No cursor.</exception>
    /// <exception cref="ArgumentException">The cursor of another selection.</exception>
    public static byte[] Read(string cursor, StoreSelector selector, bool isReversed)
    {
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(cursor);
        }
        catch (FormatException error)
        {
            throw Malformed(cursor, error);
        }

        if (bytes.Length <= KeyOffset || bytes[0] != Version
            || !bytes.AsSpan(CheckOffset, HashBytes).SequenceEqual(CheckOf(bytes)))
        {
            throw Malformed(cursor, null);
        }

        byte[] key = bytes[KeyOffset..];
        bool isOfSelection = bytes.AsSpan(SelectionOffset, HashBytes)
            .SequenceEqual(SelectionOf(selector, isReversed));
        return isOfSelection && selector.Holds(key)
            ? key
            : throw new ArgumentException(
                "The cursor comes from a list with another selector or in the other direction.",
                nameof(cursor));
    }

    private static FormatException Malformed(string cursor, FormatException? inner) => new(
        $"The {cursor.Length} characters are no cursor that a list has returned, or not all of it.",
        inner);

    private static byte[] SelectionOf(StoreSelector selector, bool isReversed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte hasEnd = selector.Upper is null ? (byte)0 : (byte)1;
        hash.AppendData([isReversed ? (byte)1 : (byte)0, hasEnd]);
        hash.AppendData(BitConverter.GetBytes(selector.Lower.Length));
        hash.AppendData(selector.Lower);
        hash.AppendData(selector.Upper ?? []);
        return hash.GetHashAndReset()[..HashBytes];
    }

    private static byte[] CheckOf(byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes, 0, CheckOffset);
        hash.AppendData(bytes, KeyOffset, bytes.Length - KeyOffset);
        return hash.GetHashAndReset()[..HashBytes];
    }
}
