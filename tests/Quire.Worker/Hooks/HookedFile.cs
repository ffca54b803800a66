using Quire.Storage;

namespace Quire.Worker.Hooks;

/// <summary>One open file of a <see cref="HookedHost"/>.</summary>
internal sealed class HookedFile(HookedHost host, IStorageFile inner, int opening) : IStorageFile
{
    public IStorageFile Inner => inner;

    public int Opening => opening;

    public HookedLocks? Locks { get; set; }

    public string Path => inner.Path;

    public bool CanWrite => inner.CanWrite;

    public FileIdentity Identity => inner.Identity;

    public long GetLength() => GetStatus().LengthBytes;

    public FileStatus GetStatus()
    {
        IoEvent request = Request(IoKind.GetLength, 0, 0);
        host.Before?.Invoke(request);
        FileStatus status = inner.GetStatus();
        host.After?.Invoke(request, true);
        return status;
    }

    public int Read(long offset, Span<byte> buffer)
    {
        IoEvent request = Request(IoKind.Read, offset, buffer.Length);
        host.Before?.Invoke(request);
        int length = inner.Read(offset, buffer);
        host.After?.Invoke(request, true);
        return length;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        IoEvent request = Request(IoKind.Write, offset, bytes.Length) with
        {
            Bytes = bytes.ToArray(),
        };
        host.Before?.Invoke(request);
        inner.Write(offset, bytes);
        host.After?.Invoke(request, true);
    }

    public void SetLength(long length)
    {
        IoEvent request = Request(IoKind.SetLength, length, 0);
        host.Before?.Invoke(request);
        inner.SetLength(length);
        host.After?.Invoke(request, true);
    }

    public void Sync()
    {
        IoEvent request = Request(IoKind.Sync, 0, 0);
        host.Before?.Invoke(request);
        inner.Sync();
        host.After?.Invoke(request, true);
    }

    public void Dispose() => inner.Dispose();

    private IoEvent Request(IoKind kind, long offset, long length) =>
        new(kind, Path, opening, offset, length, default, null, inner);
}

/// <summary>The locks of one open file of a <see cref="HookedHost"/>.</summary>
internal sealed class HookedLocks(HookedHost host, HookedFile file, IByteRangeLocks inner)
    : IByteRangeLocks
{
    public LockCapabilities Capabilities => inner.Capabilities;

    public bool TryAcquire(LockRange range, LockMode mode)
    {
        IoEvent request = Request(IoKind.Lock, range, mode);
        host.Before?.Invoke(request);
        bool isGranted = inner.TryAcquire(range, mode);
        host.After?.Invoke(request, isGranted);
        return isGranted;
    }

    public void AcquireBlocking(LockRange range, LockMode mode)
    {
        IoEvent request = Request(IoKind.Lock, range, mode);
        host.Before?.Invoke(request);
        inner.AcquireBlocking(range, mode);
        host.After?.Invoke(request, true);
    }

    public void Release(LockRange range)
    {
        IoEvent request = Request(IoKind.Unlock, range, null);
        host.Before?.Invoke(request);
        inner.Release(range);
        host.After?.Invoke(request, true);
    }

    public bool IsRefused(LockRange range, LockMode mode)
    {
        IoEvent request = Request(IoKind.Probe, range, mode);
        host.Before?.Invoke(request);
        bool isRefused = inner.IsRefused(range, mode);
        host.After?.Invoke(request, !isRefused);
        return isRefused;
    }

    // A hint about time, not a request: traces would not be the same twice.
    public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
        inner.WaitForChange(range, mode, atMost);

    public IReadOnlyList<LockHolder> FindHolders(LockRange range) => inner.FindHolders(range);

    private IoEvent Request(IoKind kind, LockRange range, LockMode? mode) => new(
        kind, file.Path, file.Opening, range.Offset, range.Length, default, mode, file.Inner);
}
