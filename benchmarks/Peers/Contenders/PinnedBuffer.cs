using System.Runtime.InteropServices;

namespace Quire.Peers.Contenders;

/// <summary>Bytes that stay where they are, so that a C library may keep their address.</summary>
internal sealed class PinnedBuffer
{
    private readonly byte[] _bytes;

    public PinnedBuffer(int lengthBytes)
    {
        _bytes = GC.AllocateArray<byte>(lengthBytes, pinned: true);
        Address = Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
    }

    public nint Address { get; }

    public int Length => _bytes.Length;

    public Span<byte> Span => _bytes;
}
