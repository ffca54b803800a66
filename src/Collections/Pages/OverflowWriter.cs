using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Writes one chain of overflow pages, a page at a time, without knowing its length beforehand.
/// </summary>
internal sealed class OverflowWriter(WriteTransaction write, PageNumber tree, int payloadBytes)
{
    private PageNumber _first;
    private PageNumber _last;
    private uint _pages;
    private long _length;

    /// <summary>How many bytes each call to <see cref="Append"/> takes, but for the last.</summary>
    public int CapacityBytes { get; } = OverflowChain.CapacityOf(payloadBytes);

    /// <summary>The chain as far as it is written.</summary>
    public OverflowReference Value => new(_length, _first);

    /// <summary>Appends one page; all but the last are full.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        PageNumber page = write.Allocate();
        if (_last.IsNone)
        {
            _first = page;
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(
                write.Write(_last)[OverflowChain.NextOffset..], page.Value);
        }

        Span<byte> payload = write.Write(page);
        BinaryPrimitives.WriteUInt32LittleEndian(payload, NodeFormat.Magic);
        payload[NodeFormat.KindOffset] = NodeFormat.OverflowKind;
        BinaryPrimitives.WriteUInt32LittleEndian(payload[NodeFormat.TreeOffset..], tree.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[OverflowChain.IndexOffset..], _pages);
        bytes.CopyTo(payload[OverflowChain.HeaderBytes..]);
        _last = page;
        _pages++;
        _length += bytes.Length;
    }

    /// <summary>Appends a value that is in memory.</summary>
    public void AppendAll(ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length; at += CapacityBytes)
        {
            Append(value.Slice(at, Math.Min(CapacityBytes, value.Length - at)));
        }
    }

    /// <summary>Gives back what was written, when the value cannot be completed.</summary>
    public void Abandon() => OverflowChain.Free(write, tree, Value, payloadBytes);
}
