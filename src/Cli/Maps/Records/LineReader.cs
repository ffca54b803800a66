namespace Quire.Cli.Maps.Records;

/// <summary>Cuts an input into lines, of any length that fits into memory.</summary>
internal sealed class LineReader(Stream input)
{
    private const byte LineFeed = (byte)'\n';
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Line { get; private set; }

    public long BytesRead { get; private set; }

    /// <summary>Reads the next line, without its end.</summary>
    /// <param name="line">Valid until the next one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched)
                .IndexOf(LineFeed);
            if (found >= 0)
            {
                line = Take(searched + found);
                _start++;
                return true;
            }

            searched = _end - _start;
            if (_isAtEnd)
            {
                line = searched > 0 ? Take(searched) : default;
                return searched > 0;
            }

            Fill();
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start += length;
        Line++;
        return Line == 1 && line.StartsWith("\uFEFF"u8) ? line["\uFEFF"u8.Length..] : line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_end == Array.MaxLength)
            {
                throw new InputException(
                    new InputPlace(Line + 1, 1), $"the line has more than {_end} bytes");
            }

            Array.Resize(ref _buffer, (int)Math.Min(2L * _end, Array.MaxLength));
        }

        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _isAtEnd = read == 0;
        _end += read;
        BytesRead += read;
    }
}
