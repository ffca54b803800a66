namespace Quire.Cli.Output;

/// <summary>Nobody reads standard output any more.</summary>
internal sealed class OutputClosedException(IOException cause)
    : Exception("standard output was closed", cause);

/// <summary>
/// Standard output, whose failures are told apart from those of the files that the tool works on.
/// </summary>
internal sealed class OutputStream(Stream inner) : Stream
{
    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException closed) when (IsClosedPipe(closed))
        {
            throw new OutputClosedException(closed);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (IOException closed) when (IsClosedPipe(closed))
        {
            throw new OutputClosedException(closed);
        }
    }

    /// <summary>Anything else, such as a full disk, is a failure like any other.</summary>
    private static bool IsClosedPipe(IOException failure) =>
        failure.HResult is BrokenPipe or WindowsBrokenPipe or WindowsNoData;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
