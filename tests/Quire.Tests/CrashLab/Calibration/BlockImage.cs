using System.Collections.Immutable;
using System.IO.Hashing;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>What a disk holds, as its blocks that are not all zeros. Images share their blocks.</summary>
internal sealed class BlockImage(long lengthBytes, ImmutableSortedDictionary<long, byte[]> blocks)
{
    public const int BlockBytes = 4096;

    public static BlockImage Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        var blocks = ImmutableSortedDictionary.CreateBuilder<long, byte[]>();
        byte[] block = new byte[BlockBytes];
        for (long number = 0; number < file.Length / BlockBytes; number++)
        {
            file.ReadExactly(block);
            if (block.AsSpan().ContainsAnyExcept((byte)0))
            {
                blocks[number] = [.. block];
            }
        }

        return new BlockImage(file.Length, blocks.ToImmutable());
    }

    /// <summary>The image after a write, which may begin and end inside of a block.</summary>
    public BlockImage With(long offset, ReadOnlySpan<byte> bytes)
    {
        var changed = blocks.ToBuilder();
        while (bytes.Length > 0)
        {
            long number = offset / BlockBytes;
            int start = (int)(offset % BlockBytes);
            int count = Math.Min(bytes.Length, BlockBytes - start);
            byte[] block =
                changed.TryGetValue(number, out byte[]? old) ? [.. old] : new byte[BlockBytes];
            bytes[..count].CopyTo(block.AsSpan(start));
            changed[number] = block;
            offset += count;
            bytes = bytes[count..];
        }

        return new BlockImage(lengthBytes, changed.ToImmutable());
    }

    /// <summary>Writes a file with holes where the zeros are.</summary>
    public void Save(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.SetLength(lengthBytes);
        foreach ((long number, byte[] block) in blocks)
        {
            file.Position = number * BlockBytes;
            file.Write(block);
        }
    }

    /// <summary>Equal for equal images.</summary>
    public UInt128 Hash()
    {
        var hash = new XxHash128();
        foreach ((long number, byte[] block) in blocks)
        {
            hash.Append(BitConverter.GetBytes(number));
            hash.Append(block);
        }

        return hash.GetCurrentHashAsUInt128();
    }
}
