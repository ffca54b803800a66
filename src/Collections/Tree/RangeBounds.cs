namespace Quire.Collections;

/// <summary>The two ends of a range, its prefix included.</summary>
internal readonly struct RangeBounds
{
    private readonly ReadOnlyMemory<byte>? _lower;
    private readonly ReadOnlyMemory<byte>? _upper;
    private readonly bool _isLowerExclusive;
    private readonly bool _isUpperInclusive;

    private RangeBounds(
        ReadOnlyMemory<byte>? lower,
        bool isLowerExclusive,
        ReadOnlyMemory<byte>? upper,
        bool isUpperInclusive)
    {
        _lower = lower;
        _isLowerExclusive = isLowerExclusive;
        _upper = upper;
        _isUpperInclusive = isUpperInclusive;
    }

    public static RangeBounds Of(MapRange range)
    {
        ReadOnlyMemory<byte>? lower = range.From;
        bool isLowerExclusive = range.IsFromExclusive;
        ReadOnlyMemory<byte>? upper = range.To;
        bool isUpperInclusive = range.IsToInclusive;
        if (range.Prefix.Length > 0)
        {
            if (lower is null || lower.Value.Span.SequenceCompareTo(range.Prefix.Span) < 0)
            {
                lower = range.Prefix;
                isLowerExclusive = false;
            }

            byte[]? behind = BehindPrefix(range.Prefix.Span);
            if (behind is not null
                && (upper is null || upper.Value.Span.SequenceCompareTo(behind) >= 0))
            {
                upper = behind;
                isUpperInclusive = false;
            }
        }

        return new RangeBounds(lower, isLowerExclusive, upper, isUpperInclusive);
    }

    /// <summary>Goes to the first record that is inside of the end where the scan begins.</summary>
    public bool Place(MapCursor cursor, bool isReversed)
    {
        if (isReversed)
        {
            return _upper is not { } upper ? cursor.MoveLast()
                : _isUpperInclusive ? cursor.SeekAtMost(upper.Span)
                : cursor.SeekBelow(upper.Span);
        }

        if (_lower is not { } lower)
        {
            return cursor.MoveFirst();
        }

        bool isPlaced = cursor.Seek(lower.Span);
        return isPlaced && _isLowerExclusive && cursor.Key.SequenceEqual(lower.Span)
            ? cursor.MoveNext()
            : isPlaced;
    }

    /// <summary>Whether there is an end towards which the scan goes.</summary>
    public bool HasEnd(bool isReversed) => (isReversed ? _lower : _upper) is not null;

    /// <summary>Whether a key is inside of the end towards which the scan goes.</summary>
    public bool HoldsEnd(ReadOnlySpan<byte> key, bool isReversed)
    {
        if (isReversed)
        {
            return _lower is not { } lower
                || key.SequenceCompareTo(lower.Span) is var above
                    && (above > 0 || (above == 0 && !_isLowerExclusive));
        }

        return _upper is not { } upper
            || key.SequenceCompareTo(upper.Span) is var below
                && (below < 0 || (below == 0 && _isUpperInclusive));
    }

    /// <summary>The lowest key above all that begin so; null when there is none.</summary>
    public static byte[]? BehindPrefix(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return null;
        }

        byte[] behind = prefix[..(last + 1)].ToArray();
        behind[last]++;
        return behind;
    }
}
