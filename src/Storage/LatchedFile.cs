namespace Quire.Storage;

/// <summary>
/// A file whose first failed write, resize or sync stops it and every other file that shares its
/// <see cref="FaultLatch"/>.
/// </summary>
/// <remarks>
/// <code>
///   operation   failure                 first time      from then on
///   Write       StorageFullException    thrown as is    goes on: the transaction rolls back
///   Write       any other IOException   thrown as is    FaultedException, every operation
///   SetLength   as Write
///   Sync        any IOException         thrown as is    FaultedException, every operation
///   Read        any                     thrown as is    goes on: a read changes nothing
/// </code>
/// A sync that reports no space latches too: the earlier write was already acknowledged to us, and
/// its pages may be gone. Disposing, <see cref="Path"/> and <see cref="Identity"/> always work.
/// </remarks>
internal sealed class LatchedFile(IStorageFile inner, FaultLatch latch) : IStorageFile
{
    /// <summary>The file underneath, whose locks are the locks of this one.</summary>
    public IStorageFile Inner => inner;

    /// <inheritdoc/>
    public string Path => inner.Path;

    /// <inheritdoc/>
    public bool CanWrite => inner.CanWrite;

    /// <inheritdoc/>
    public FileIdentity Identity => inner.Identity;

    /// <inheritdoc/>
    public long GetLength()
    {
        latch.ThrowIfSet(Path);
        return inner.GetLength();
    }

    /// <inheritdoc/>
    public FileStatus GetStatus()
    {
        latch.ThrowIfSet(Path);
        return inner.GetStatus();
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer)
    {
        latch.ThrowIfSet(Path);
        int count = inner.Read(offset, buffer);

        // Another thread's failure during the read: the bytes may be ones the disk never got.
        latch.ThrowIfSet(Path);
        return count;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        latch.ThrowIfSet(Path);
        try
        {
            inner.Write(offset, bytes);
        }
        catch (IOException failure) when (failure is not StorageFullException)
        {
            latch.Trip(Path, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        latch.ThrowIfSet(Path);
        try
        {
            inner.SetLength(length);
        }
        catch (IOException failure) when (failure is not StorageFullException)
        {
            latch.Trip(Path, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Sync()
    {
        latch.ThrowIfSet(Path);
        try
        {
            inner.Sync();
        }
        catch (IOException failure)
        {
            latch.Trip(Path, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
