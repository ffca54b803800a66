using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// A position in a simulated file, without any buffer: each call is one system call.
/// </summary>
internal sealed class RawLabStream(IStorageFile file, FileAccess access) : Stream
{
    private bool _isClosed;

    public IStorageFile File => file;

    public override bool CanRead => !_isClosed && access.HasFlag(FileAccess.Read);

    public override bool CanWrite => !_isClosed && access.HasFlag(FileAccess.Write);

    public override bool CanSeek => !_isClosed;

    public override long Length => file.GetLength();

    public override long Position { get; set; }

    /// <summary>
    /// The first byte that may be sought: what was there when it was opened to append.
    /// </summary>
    public long FirstPosition { get; set; }

    public override int Read(byte[] buffer, int offset, int count) =>
        Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        ThrowUnless(CanRead, "reading");
        int count = file.Read(Position, buffer[..Math.Min(buffer.Length, Shorten(buffer.Length))]);
        Position += count;
        return count;
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowUnless(CanWrite, "writing");
        if (!buffer.IsEmpty)
        {
            file.Write(Position, buffer);
            Position += buffer.Length;
        }
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "Not an origin."),
        };
        if (target < FirstPosition)
        {
            throw new IOException($"{file.Path}: cannot seek to {target}, before {FirstPosition}");
        }

        return Position = target;
    }

    public override void SetLength(long value)
    {
        ThrowUnless(CanWrite, "writing");
        file.SetLength(value);
        Position = Math.Min(Position, value);
    }

    /// <summary>Nothing is held here, and a flush makes nothing durable.</summary>
    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Files of the seam read short at the end only; streams may at any time.</summary>
    private int Shorten(int count)
    {
        if (file is not SimulatedFile { Process.Computer.Faults: { } faults } simulated)
        {
            return count;
        }

        long there = Math.Max(0, simulated.Inode.Cached.Length - Position);
        return count > there ? Math.Max(faults.Shorten((int)there), 1) : faults.Shorten(count);
    }

    private void ThrowUnless(bool isAllowed, string what)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (!isAllowed)
        {
            throw new NotSupportedException($"{file.Path}: was not opened for {what}.");
        }
    }
}
