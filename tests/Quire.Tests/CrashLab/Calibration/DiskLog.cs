using System.Buffers.Binary;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>A request that a disk has completed.</summary>
/// <param name="Offset">Where it wrote; -1 for a flush.</param>
/// <param name="Bytes">What it wrote.</param>
internal sealed record DiskRequest(long Offset, byte[] Bytes)
{
    public bool IsFlush => Offset < 0;
}

/// <summary>
/// All that a disk was told, and from it every disk that a power cut could have left: those of a
/// disk that writes in order, and those of one with a cache that forgets.
/// </summary>
internal sealed class DiskLog
{
    private readonly BlockImage[] _inOrder;

    private DiskLog(BlockImage start, IReadOnlyList<DiskRequest> requests)
    {
        Requests = requests;
        _inOrder = new BlockImage[requests.Count + 1];
        _inOrder[0] = start;
        for (int i = 0; i < requests.Count; i++)
        {
            _inOrder[i + 1] = requests[i].IsFlush
                ? _inOrder[i]
                : _inOrder[i].With(requests[i].Offset, requests[i].Bytes);
        }
    }

    public IReadOnlyList<DiskRequest> Requests { get; }

    public static DiskLog Read(BlockImage start, string path)
    {
        ReadOnlySpan<byte> log = File.ReadAllBytes(path);
        var requests = new List<DiskRequest>();
        while (log.Length > 0)
        {
            long offset = log[0] == 'F' ? -1 : BinaryPrimitives.ReadInt64LittleEndian(log[1..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(log[9..]);
            requests.Add(new DiskRequest(offset, log.Slice(13, length).ToArray()));
            log = log[(13 + length)..];
        }

        return new DiskLog(start, requests);
    }

    /// <summary>The disk after so many requests, all of which are on it.</summary>
    public BlockImage After(int completed) => _inOrder[completed];

    /// <summary>
    /// The disk after so many requests when, of the blocks written since the last flush, any may be
    /// lost: chosen at random.
    /// </summary>
    public BlockImage AfterWithCache(int completed, Random chance)
    {
        int flushed = completed;
        while (flushed > 0 && !Requests[flushed - 1].IsFlush)
        {
            flushed--;
        }

        BlockImage image = _inOrder[flushed];
        foreach (DiskRequest write in Requests.Take(completed).Skip(flushed))
        {
            for (int at = 0; at < write.Bytes.Length; at += BlockImage.BlockBytes)
            {
                int count = Math.Min(BlockImage.BlockBytes, write.Bytes.Length - at);
                if (chance.Next(2) == 0)
                {
                    image = image.With(write.Offset + at, write.Bytes.AsSpan(at, count));
                }
            }
        }

        return image;
    }
}
