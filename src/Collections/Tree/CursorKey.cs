using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>What a step of a cursor within a leaf has come to.</summary>
internal enum KeyStep
{
    /// <summary>The next key is on the right side of the one before it.</summary>
    Taken,

    /// <summary>It is not.</summary>
    OutOfOrder,

    /// <summary>It is longer than any key may be.</summary>
    TooLong,
}

/// <summary>
/// The key at which a cursor is, put together from the prefix of its leaf and what its cell has.
/// </summary>
/// <remarks>
/// A step within a leaf compares what the two keys have behind the prefix, by their first eight
/// bytes as a number, zeros behind a shorter one, which sorts like them; the rest is looked at when
/// these are equal. The same eight bytes are what is copied, which is mostly all of them.
/// </remarks>
internal sealed class CursorKey(int longestBytes)
{
    private const int WordBytes = sizeof(ulong);

    /// <summary>With room for a whole word behind the longest key.</summary>
    private readonly byte[] _bytes = new byte[longestBytes + WordBytes];

    private byte[] _remembered = [];
    private int _length;
    private int _rememberedLength;

    /// <summary>The first eight bytes behind the leaf's prefix.</summary>
    private ulong _head;

    public int LongestBytes => longestBytes;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Takes a key of any leaf.</summary>
    /// <returns>Whether it is no longer than a key may be.</returns>
    public bool Load(ReadOnlySpan<byte> page, int prefixLength, Cell cell)
    {
        if (prefixLength + cell.SuffixLength > longestBytes)
        {
            return false;
        }

        page[^prefixLength..].CopyTo(_bytes);
        Take(page, prefixLength, cell, WordAt(page, cell));
        return true;
    }

    /// <summary>Takes the next key of the same leaf, or the one before.</summary>
    public KeyStep Advance(
        ReadOnlySpan<byte> page, int prefixLength, Cell cell, bool isBackward)
    {
        ulong word = WordAt(page, cell);
        ulong head = HeadOf(word, cell.SuffixLength);
        bool isOrdered = head == _head
            ? IsOrdered(SuffixOf(page, cell), Bytes[prefixLength..], isBackward)
            : head > _head != isBackward;
        if (!isOrdered)
        {
            return KeyStep.OutOfOrder;
        }

        if (prefixLength + cell.SuffixLength > longestBytes)
        {
            return KeyStep.TooLong;
        }

        Take(page, prefixLength, cell, word);
        return KeyStep.Taken;
    }

    /// <summary>Keeps the key for <see cref="IsBeyondRemembered"/>.</summary>
    public void Remember()
    {
        if (_remembered.Length < _length)
        {
            _remembered = new byte[longestBytes];
        }

        Bytes.CopyTo(_remembered);
        _rememberedLength = _length;
    }

    /// <summary>Whether the key is above the remembered one, or below it.</summary>
    public bool IsBeyondRemembered(bool isBackward) =>
        IsOrdered(Bytes, _remembered.AsSpan(0, _rememberedLength), isBackward);

    private void Take(ReadOnlySpan<byte> page, int prefixLength, Cell cell, ulong word)
    {
        if (cell.SuffixLength <= WordBytes)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(prefixLength), word);
        }
        else
        {
            SuffixOf(page, cell).CopyTo(_bytes.AsSpan(prefixLength));
        }

        _length = prefixLength + cell.SuffixLength;
        _head = HeadOf(word, cell.SuffixLength);
    }

    private static bool IsOrdered(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> other, bool isBackward) =>
        key.SequenceCompareTo(other) is var order && (isBackward ? order < 0 : order > 0);

    private static ReadOnlySpan<byte> SuffixOf(ReadOnlySpan<byte> page, Cell cell) =>
        page.Slice(cell.SuffixOffset, cell.SuffixLength);

    /// <summary>Eight bytes from where the suffix begins, whatever lies behind it.</summary>
    private static ulong WordAt(ReadOnlySpan<byte> page, Cell cell)
    {
        ReadOnlySpan<byte> bytes = page[cell.SuffixOffset..];
        if (bytes.Length >= WordBytes)
        {
            return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        Span<byte> padded = stackalloc byte[WordBytes];
        padded.Clear();
        bytes.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    /// <summary>A word without what lies behind the suffix.</summary>
    private static ulong HeadOf(ulong word, int suffixLength) =>
        suffixLength >= WordBytes ? word : word & ~(ulong.MaxValue >> (8 * suffixLength));
}
