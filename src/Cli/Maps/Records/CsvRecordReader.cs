using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Quire.Cli.Maps.Records;

/// <summary>
/// Reads <see cref="RecordFormat.Csv"/>: RFC 4180, with lines that may also end without a carriage
/// return, and columns in any order. Empty lines are skipped.
/// </summary>
internal sealed class CsvRecordReader(Stream input, string? map) : RecordReader
{
    private const int Map = 0;
    private const int Key = 1;
    private const int Value = 2;
    private static readonly string[] Names = ["map", "key", "value"];

    private readonly CsvInput _input = new(input);
    private readonly ArrayBufferWriter<byte> _name = new();
    private string _lastMap = "";
    private byte[] _lastName = [];

    /// <summary>What each column is, by its place; null before the header is read.</summary>
    private int[]? _columns;

    public override long BytesRead => _input.BytesRead;

    public override bool TryRead(MapRecord record)
    {
        _columns ??= ReadHeader();
        if (!SkipEmptyLines())
        {
            return false;
        }

        record.Clear();
        _name.ResetWrittenCount();
        for (int i = 0; i < _columns.Length; i++)
        {
            InputPlace place = _input.Place;
            bool isLast = ReadField(BufferOf(_columns[i], record));
            Check(_columns[i], place, record);
            if (isLast != (i == _columns.Length - 1))
            {
                throw new InputException(
                    _input.Place,
                    $"expected {_columns.Length} fields, found {(isLast ? $"{i + 1}" : "more")}");
            }

            EndField(isLast);
        }

        record.Map = map ?? MapName();
        return true;
    }

    private int[] ReadHeader()
    {
        _input.SkipByteOrderMark();
        List<int> columns = [];
        InputPlace start = _input.Place;
        bool isLast = !SkipEmptyLines();
        while (!isLast)
        {
            InputPlace place = _input.Place;
            _name.ResetWrittenCount();
            isLast = ReadField(_name);
            string name = Encoding.UTF8.GetString(_name.WrittenSpan);
            int column = Array.IndexOf(Names, name);
            if (column < 0 || columns.Contains(column))
            {
                throw new InputException(
                    place, $"the header has \"{name}\"; expected each of map, key and value once");
            }

            columns.Add(column);
            EndField(isLast);
        }

        foreach (int needed in (int[])(map is null ? [Map, Key, Value] : [Key, Value]))
        {
            if (!columns.Contains(needed))
            {
                throw new InputException(start, $"the header has no column {Names[needed]}");
            }
        }

        return [.. columns];
    }

    /// <returns>Whether there is a line that is not empty.</returns>
    private bool SkipEmptyLines()
    {
        while (_input.Peek() is '\r' or '\n')
        {
            EndLine();
        }

        return _input.Peek() != CsvInput.End;
    }

    private ArrayBufferWriter<byte> BufferOf(int column, MapRecord record) => column switch
    {
        Map => _name,
        Key => record.Key,
        _ => record.Value,
    };

    /// <summary>Reads a field up to the comma or the end of the line behind it.</summary>
    /// <returns>Whether it is the last of its line.</returns>
    private bool ReadField(ArrayBufferWriter<byte> field)
    {
        if (_input.Peek() == '"')
        {
            ReadQuoted(field);
        }
        else
        {
            while (_input.Peek() is not (',' or '\r' or '\n' or CsvInput.End))
            {
                if (_input.Peek() == '"')
                {
                    throw new InputException(
                        _input.Place, "a quotation mark in a field that does not begin with one");
                }

                Append(field, _input.Take());
            }
        }

        return _input.Peek() switch
        {
            ',' => false,
            '\r' or '\n' or CsvInput.End => true,
            _ => throw new InputException(
                _input.Place, "expected a comma or the end of the line behind the quotation mark"),
        };
    }

    private void ReadQuoted(ArrayBufferWriter<byte> field)
    {
        InputPlace start = _input.Place;
        _input.Take();
        while (true)
        {
            int next = _input.Take();
            if (next == CsvInput.End)
            {
                throw new InputException(start, "the quotation mark is never closed");
            }

            if (next == '"')
            {
                if (_input.Peek() != '"')
                {
                    return;
                }

                _input.Take();
            }

            Append(field, next);
        }
    }

    private void EndField(bool isLast)
    {
        if (isLast)
        {
            EndLine();
        }
        else
        {
            _input.Take();
        }
    }

    private void EndLine()
    {
        InputPlace place = _input.Place;
        if (_input.Take() == '\r' && _input.Take() != '\n')
        {
            throw new InputException(place, "a carriage return without a line feed");
        }
    }

    /// <summary>
    /// Decodes a field that says it is no text, and holds the others to being some.
    /// </summary>
    private void Check(int column, InputPlace place, MapRecord record)
    {
        ArrayBufferWriter<byte> field = BufferOf(column, record);
        if (column == Key)
        {
            record.Place = place;
        }

        if (column != Map && field.WrittenSpan.StartsWith(CsvRecordWriter.Base64Prefix))
        {
            Decode(field, place);
        }
        else if (!Utf8.IsValid(field.WrittenSpan))
        {
            throw new InputException(place, "the field is no valid Unicode text");
        }
        else if (column == Map && map is null && field.WrittenCount == 0)
        {
            throw new InputException(place, "the name of the map is empty");
        }
    }

    private static void Decode(ArrayBufferWriter<byte> field, InputPlace place)
    {
        byte[] bytes = field.WrittenSpan[CsvRecordWriter.Base64Prefix.Length..].ToArray();
        if (Base64.DecodeFromUtf8InPlace(bytes, out int length) != OperationStatus.Done)
        {
            throw new InputException(place, "what follows base64: is no base64");
        }

        field.ResetWrittenCount();
        field.Write(bytes.AsSpan(0, length));
    }

    private string MapName()
    {
        if (!_name.WrittenSpan.SequenceEqual(_lastName))
        {
            _lastName = _name.WrittenSpan.ToArray();
            _lastMap = Encoding.UTF8.GetString(_lastName);
        }

        return _lastMap;
    }

    private static void Append(ArrayBufferWriter<byte> field, int value)
    {
        field.GetSpan(1)[0] = (byte)value;
        field.Advance(1);
    }
}
