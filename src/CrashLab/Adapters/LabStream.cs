namespace Quire.CrashLab;

/// <summary>
/// A stream over a simulated file that behaves as <see cref="FileStream"/> does: bytes stay in a
/// buffer of the process until it is full or flushed, are then with the operating system, and are
/// on the disk for certain only after <see cref="FlushToDisk"/>.
/// </summary>
/// <remarks>
/// <para>
/// What is in the buffer when the process is killed never was, as with a real stream. Disposing
/// hands the buffer to the system and makes nothing durable.
/// </para>
/// <para>
/// All asynchronous members complete before they return: awaiting them never leaves the thread, so
/// that a run can be repeated. Not thread-safe. The buffer is that of <see cref="BufferedStream"/>,
/// which reads and writes in the pieces that <see cref="FileStream"/> does.
/// </para>
/// </remarks>
public sealed class LabStream : Stream
{
    private readonly RawLabStream _raw;
    private readonly Stream _stream;
    private bool _mayHoldBytes;

    internal LabStream(RawLabStream raw, int bufferBytes)
    {
        _raw = raw;
        _stream = bufferBytes > 1 ? new BufferedStream(raw, bufferBytes) : raw;
    }

    /// <summary>The full path of the file.</summary>
    public string Name => _raw.File.Path;

    /// <inheritdoc/>
    public override bool CanRead => _raw.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => _raw.CanSeek;

    /// <inheritdoc/>
    public override bool CanWrite => _raw.CanWrite;

    /// <summary>
    /// The length of the file, or the end of what was written when that is still held.
    /// </summary>
    public override long Length =>
        _mayHoldBytes ? Math.Max(_raw.Length, _stream.Position) : _raw.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _stream.Position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Hands the buffer to the operating system. Makes nothing durable.</summary>
    public override void Flush()
    {
        _stream.Flush();
        _mayHoldBytes = false;
    }

    /// <summary>As <see cref="FileStream.Flush(bool)"/>.</summary>
    /// <param name="flushToDisk">Whether to sync the file too.</param>
    public void Flush(bool flushToDisk)
    {
        Flush();
        if (flushToDisk)
        {
            _raw.File.Sync();
        }
    }

    /// <summary>
    /// Returns once all that was written is on stable storage. The directory entry of a new file is
    /// not: see <see cref="IFiles.SyncDirectory"/>.
    /// </summary>
    /// <exception cref="IOException">
    /// The sync failed; never retry it on the same stream.
    /// </exception>
    public void FlushToDisk() => Flush(flushToDisk: true);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count = _stream.Read(buffer);
        _mayHoldBytes = false;
        return count;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _mayHoldBytes |= !buffer.IsEmpty;
        _stream.Write(buffer);
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        long position = _stream.Seek(offset, origin);
        _mayHoldBytes = false;
        return position;
    }

    /// <inheritdoc/>
    public override void SetLength(long value)
    {
        Flush();
        long position = Math.Min(_stream.Position, value);
        _stream.SetLength(value);
        _stream.Position = position;
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Flush();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(buffer, offset, count));
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    /// <inheritdoc/>
    public override Task WriteAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer, offset, count);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    internal void SeekToAppend()
    {
        _raw.FirstPosition = _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Hands the buffer to the system and closes the file.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
