using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Quire.CrashLab;

namespace Quire.Samples.AppendLog;

/// <summary>
/// A log whose records are there for good when <see cref="Append"/> returns: each carries its number
/// and a checksum, and is padded to whole blocks.
/// </summary>
/// <remarks>
/// <code>
///   0   4       8        16       16 + n       next multiple of the block size
///   | n | number | checksum | bytes ... | zeros |
/// </code>
/// A block is never written again once a record in it was acknowledged, so that a disk which damages
/// the surroundings of what it writes damages nothing. With blocks of one byte the log is smaller,
/// and needs a better disk.
/// </remarks>
public sealed class SafeLog : IDisposable
{
    private const int HeaderBytes = 16;
    private readonly IFiles _files;
    private readonly Stream _stream;
    private readonly int _blockBytes;
    private readonly List<string> _records = [];

    public SafeLog(IFiles files, string path, int blockBytes = 4096)
    {
        _files = files;
        _blockBytes = blockBytes;
        _stream = files.Open(path, FileMode.OpenOrCreate);
        Recover();
        files.SyncDirectoryOf(path);
    }

    /// <summary>All records, oldest first.</summary>
    public IReadOnlyList<string> Records => _records;

    public void Append(string record)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(record);
        byte[] padded = new byte[Padded(HeaderBytes + bytes.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(padded, bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(padded.AsSpan(4), _records.Count);
        bytes.CopyTo(padded, HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(
            padded.AsSpan(8), Checksum(_records.Count, bytes));
        _stream.Write(padded);
        _files.FlushToDisk(_stream);
        _records.Add(record);
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Reads up to the first record that is not whole, and cuts the rest off.</summary>
    private void Recover()
    {
        byte[] all = new byte[_stream.Length];
        _stream.ReadExactly(all);
        int end = 0;
        while (TryRead(all.AsSpan(end), _records.Count) is { } record)
        {
            _records.Add(record);
            end += Padded(HeaderBytes + Encoding.UTF8.GetByteCount(record));
        }

        if (end < all.Length)
        {
            _stream.SetLength(end);
        }

        // What was read may only be in memory: it must not be shown and then lost.
        _stream.Position = end;
        _files.FlushToDisk(_stream);
    }

    private string? TryRead(ReadOnlySpan<byte> bytes, int number)
    {
        if (bytes.Length < HeaderBytes)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bool fits = length >= 0 && length <= bytes.Length - HeaderBytes
            && Padded(HeaderBytes + length) <= bytes.Length;
        if (!fits || BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]) != number)
        {
            return null;
        }

        ReadOnlySpan<byte> record = bytes.Slice(HeaderBytes, length);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) == Checksum(number, record)
            ? Encoding.UTF8.GetString(record)
            : null;
    }

    private int Padded(int length) => (length + _blockBytes - 1) / _blockBytes * _blockBytes;

    private static ulong Checksum(int number, ReadOnlySpan<byte> bytes)
    {
        byte[] hashed = [.. BitConverter.GetBytes(number), .. bytes];
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(hashed));
    }
}
