using Microsoft.Win32.SafeHandles;

namespace Quire.Storage;

/// <summary>A file of the operating system: one open file description.</summary>
/// <remarks>
/// Its byte-range locks are kept in <see cref="Locks"/> by the lock system that made them, and are
/// released before the descriptor is closed: a duplicate of the descriptor in a child process would
/// otherwise keep them alive. Using the file while another thread disposes it throws
/// <see cref="ObjectDisposedException"/> or completes; the descriptor number is never reused early.
/// </remarks>
internal sealed class OsFile : IStorageFile
{
    private int _disposed;

    private OsFile(string path, bool canWrite, SafeFileHandle handle, FileIdentity identity)
    {
        Path = path;
        CanWrite = canWrite;
        Handle = handle;
        Identity = identity;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public bool CanWrite { get; }

    /// <inheritdoc/>
    public FileIdentity Identity { get; }

    internal SafeFileHandle Handle { get; }

    /// <summary>The locks of this open file; disposed with it if they are disposable.</summary>
    internal IByteRangeLocks? Locks { get; set; }

    /// <summary>Opens a file; the errors are those of <see cref="IFileSystem.Open"/>.</summary>
    public static OsFile Open(string fullPath, FileOpenMode mode)
    {
        FileIdentity identity;
        SafeFileHandle handle;
        if (OperatingSystem.IsWindows())
        {
            handle = WindowsFileCalls.Open(fullPath, mode, out identity);
        }
        else
        {
            handle = UnixFileCalls.Open(fullPath, mode, out identity);
        }

        return new OsFile(fullPath, mode != FileOpenMode.ReadOnly, handle, identity);
    }

    /// <inheritdoc/>
    public long GetLength()
    {
        ThrowIfDisposed();
        return OperatingSystem.IsWindows()
            ? RandomAccess.GetLength(Handle)
            : UnixStat.Of(Handle, Path).Length;
    }

    /// <inheritdoc/>
    public FileStatus GetStatus()
    {
        ThrowIfDisposed();
        if (OperatingSystem.IsWindows())
        {
            return WindowsFileCalls.StatusOf(Handle, Path);
        }

        UnixStat stat = UnixStat.Of(Handle, Path);
        return new FileStatus(stat.Length, stat.Links != 0);
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ThrowIfDisposed();
        return OperatingSystem.IsWindows()
            ? WindowsFileCalls.Read(Handle, offset, buffer)
            : UnixFileCalls.Read(Handle, Path, offset, buffer);
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ThrowIfDisposedOrReadOnly();
        if (OperatingSystem.IsWindows())
        {
            WindowsFileCalls.Write(Handle, Path, offset, bytes);
        }
        else
        {
            UnixFileCalls.Write(Handle, Path, offset, bytes);
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfDisposedOrReadOnly();
        if (OperatingSystem.IsWindows())
        {
            WindowsFileCalls.SetLength(Handle, Path, length);
        }
        else
        {
            UnixFileCalls.SetLength(Handle, Path, length);
        }
    }

    /// <inheritdoc/>
    public void Sync()
    {
        ThrowIfDisposed();
        if (OperatingSystem.IsWindows())
        {
            WindowsFileCalls.Sync(Handle, Path);
        }
        else
        {
            UnixFileCalls.Sync(Handle, Path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            (Locks as IDisposable)?.Dispose();
        }
        finally
        {
            DeferredClose.Close(Identity, Handle);
        }
    }

    /// <exception cref="ObjectDisposedException">The file has been disposed.</exception>
    internal void ThrowIfDisposed() =>
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);

    private void ThrowIfDisposedOrReadOnly()
    {
        ThrowIfDisposed();
        if (!CanWrite)
        {
            throw new InvalidOperationException($"{Path}: is open for reading only.");
        }
    }
}
