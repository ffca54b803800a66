namespace Quire.Collections;

/// <summary>
/// Reads a chain of overflow pages as a stream. Seeking forwards walks on from where it is,
/// backwards from the beginning: a chain has no index.
/// </summary>
internal sealed class OverflowStream : Stream
{
    private readonly PageSource _pages;
    private readonly PageNumber _tree;
    private readonly OverflowReference _value;
    private readonly MapState? _state;
    private readonly long _version;
    private long _position;
    private PageNumber _page;
    private uint _index;
    private bool _isClosed;

    public OverflowStream(
        in PageSource pages, PageNumber tree, OverflowReference value, MapState? state)
    {
        _pages = pages;
        _tree = tree;
        _value = value;
        _state = state;
        _version = state?.Version ?? 0;
        _page = value.First;
    }

    public override bool CanRead => !_isClosed;

    public override bool CanSeek => !_isClosed;

    public override bool CanWrite => false;

    public override long Length => _value.LengthBytes;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _state?.ThrowIfChanged(_version, "value stream");
        int done = 0;
        while (done < buffer.Length && _position < Length)
        {
            ReadOnlySpan<byte> bytes = PageAtPosition(out int offset);
            int length = (int)Math.Min(
                Math.Min(bytes.Length - offset, buffer.Length - done), Length - _position);
            bytes.Slice(offset, length).CopyTo(buffer[done..]);
            _position += length;
            done += length;
        }

        return done;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _isClosed = true;
        base.Dispose(disposing);
    }

    private ReadOnlySpan<byte> PageAtPosition(out int offset)
    {
        ReadOnlySpan<byte> bytes =
            OverflowChain.Read(_pages, _tree, _page, _index, out PageNumber next);
        uint wanted = (uint)(_position / bytes.Length);
        offset = (int)(_position % bytes.Length);
        if (wanted < _index)
        {
            _page = _value.First;
            _index = 0;
            bytes = OverflowChain.Read(_pages, _tree, _page, _index, out next);
        }

        while (_index < wanted)
        {
            _page = next;
            _index++;
            bytes = OverflowChain.Read(_pages, _tree, _page, _index, out next);
        }

        return bytes;
    }
}
