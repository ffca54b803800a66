using Quire.Storage;

namespace Quire.Journal;

/// <summary>
/// A journal read from its beginning to its end, ahead and in pieces that grow: a log may have tens
/// of thousands of small frames, and a call for each would be most of what recovery costs.
/// </summary>
/// <remarks>What it has read it does not look at again: the journal lock keeps it as it is.</remarks>
/// <param name="journal">The journal.</param>
internal sealed class JournalWindow(IStorageFile journal)
{
    private const int LargestBytes = 256 * 1024;

    private byte[] _buffer = [];
    private long _start;
    private int _length;

    /// <summary>The file behind it.</summary>
    public IStorageFile File => journal;

    /// <summary>The bytes from a place on.</summary>
    /// <param name="offset">Where, in bytes from the beginning of the file.</param>
    /// <param name="wanted">How many.</param>
    /// <returns>Fewer where the file ends; good until the next call.</returns>
    /// <exception cref="IOException">Reading failed.</exception>
    public ReadOnlySpan<byte> At(long offset, int wanted)
    {
        if (offset < _start || offset + wanted > _start + _length)
        {
            int size = Math.Max(wanted, Math.Min(2 * _buffer.Length, LargestBytes));
            if (size > _buffer.Length)
            {
                _buffer = new byte[size];
            }

            _length = journal.Read(offset, _buffer);
            _start = offset;
        }

        int from = (int)(offset - _start);
        return _buffer.AsSpan(from, Math.Min(wanted, _length - from));
    }
}
