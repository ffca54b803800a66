namespace Quire.Cli.Maps.Records;

/// <summary>The bytes of an input one by one, with the place of the next one.</summary>
internal sealed class CsvInput(Stream input)
{
    /// <summary>In place of a byte behind the last one.</summary>
    public const int End = -1;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _length;
    private long _line = 1;
    private long _column = 1;

    public long BytesRead { get; private set; }

    /// <summary>Where the next byte is.</summary>
    public InputPlace Place => new(_line, _column);

    /// <summary>The next byte, which stays the next, or <see cref="End"/>.</summary>
    public int Peek()
    {
        if (_at == _length)
        {
            _at = 0;
            _length = input.Read(_buffer, 0, _buffer.Length);
            BytesRead += _length;
        }

        return _length == 0 ? End : _buffer[_at];
    }

    /// <summary>Takes the next byte, or <see cref="End"/>.</summary>
    public int Take()
    {
        int taken = Peek();
        if (taken == End)
        {
            return End;
        }

        _at++;
        if (taken == '\n')
        {
            _line++;
            _column = 1;
        }
        else if ((taken & 0xC0) != 0x80)
        {
            // The further bytes of a character in UTF-8 are in its column.
            _column++;
        }

        return taken;
    }

    /// <summary>
    /// Passes over a byte order mark, with which some programs begin their files.
    /// </summary>
    public void SkipByteOrderMark()
    {
        if (Peek() == 0xEF && _buffer.AsSpan(0, _length).StartsWith("\uFEFF"u8))
        {
            _at += 3;
        }
    }
}
