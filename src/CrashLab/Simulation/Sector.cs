using System.IO.Hashing;

namespace Quire.CrashLab;

/// <summary>
/// 512 bytes that never change once they are stored, so that any number of contents can share them,
/// with their hash, computed once.
/// </summary>
internal sealed class Sector(byte[] bytes)
{
    private UInt128 _hash;
    private volatile bool _isHashed;

    public byte[] Bytes => bytes;

    public UInt128 Hash
    {
        get
        {
            if (!_isHashed)
            {
                // Two threads that come here at once store the same.
                _hash = XxHash128.HashToUInt128(bytes);
                _isHashed = true;
            }

            return _hash;
        }
    }
}
