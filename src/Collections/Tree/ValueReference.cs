using System.Buffers;

namespace Quire.Collections;

/// <summary>A value where it lies: in its leaf, or in a chain of overflow pages.</summary>
internal readonly ref struct ValueReference
{
    private readonly PageSource _pages;
    private readonly PageNumber _tree;
    private readonly ReadOnlySpan<byte> _inline;
    private readonly OverflowReference _overflow;

    private ValueReference(
        scoped in PageSource pages,
        PageNumber tree,
        ReadOnlySpan<byte> inline,
        OverflowReference overflow)
    {
        _pages = pages;
        _tree = tree;
        _inline = inline;
        _overflow = overflow;
    }

    public bool IsOverflow => !_overflow.First.IsNone;

    public long LengthBytes => IsOverflow ? _overflow.LengthBytes : _inline.Length;

    public static ValueReference Of(
        scoped in PageSource pages, scoped in Node leaf, Cell cell)
    {
        ReadOnlySpan<byte> tail = leaf.TailOf(cell);
        if (!cell.IsOverflow)
        {
            return new ValueReference(pages, leaf.Tree, tail, default);
        }

        var reference = OverflowReference.Of(tail);
        if (reference.First.IsNone)
        {
            throw leaf.Corrupt(cell.TailOffset, "a value begins on page 0");
        }

        PageNumber tree = leaf.Tree;
        OverflowChain.Check(pages, leaf.Number, cell.TailOffset, reference);
        return new ValueReference(pages, tree, default, reference);
    }

    /// <summary>The bytes where they lie when they lie together, otherwise a copy.</summary>
    /// <exception cref="InvalidOperationException">The value is too long for one span.</exception>
    public ReadOnlySpan<byte> ToSpan()
    {
        if (!IsOverflow)
        {
            return _inline;
        }

        if (LengthBytes > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"The value has {LengthBytes} bytes, more than the {Array.MaxLength} of an " +
                "array; read it as a stream.");
        }

        byte[] copy = new byte[LengthBytes];
        OverflowChain.CopyTo(_pages, _tree, _overflow, copy);
        return copy;
    }

    /// <summary>Copies the value to the beginning of a span that is long enough.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public int CopyTo(Span<byte> destination)
    {
        if (LengthBytes > destination.Length)
        {
            throw new ArgumentException(
                $"The value has {LengthBytes} bytes, the destination {destination.Length}.",
                nameof(destination));
        }

        if (IsOverflow)
        {
            OverflowChain.CopyTo(_pages, _tree, _overflow, destination[..(int)LengthBytes]);
        }
        else
        {
            _inline.CopyTo(destination);
        }

        return (int)LengthBytes;
    }

    public void CopyTo(IBufferWriter<byte> destination)
    {
        if (IsOverflow)
        {
            OverflowChain.CopyTo(_pages, _tree, _overflow, destination);
        }
        else
        {
            destination.Write(_inline);
        }
    }

    public Stream OpenStream(MapState? state) => IsOverflow
        ? new OverflowStream(_pages, _tree, _overflow, state)
        : new MemoryStream(_inline.ToArray(), writable: false);
}
