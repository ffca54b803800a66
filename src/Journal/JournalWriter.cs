using System.IO.Hashing;
using Quire.Storage;

namespace Quire.Journal;

/// <summary>
/// The writer's end of the journal: stages images (W7), seals them (C1) and clears them away (C9).
/// </summary>
/// <remarks>
/// Invariants, all under the journal lock:
/// <list type="number">
/// <item>Frames of one transaction lie back to back: in classic from
/// <see cref="JournalFormat.FirstFrameOffset"/>, in a log behind the record before.</item>
/// <item>The file is overwritten in place, never replaced; it grows in written zeros.</item>
/// <item>Nothing is valid until a seal follows it, so the order in which the bytes reach the disk
/// before the sync of C1 does not matter.</item>
/// </list>
/// Frames are gathered in a buffer, so that a small transaction is one write. Syncing is left to
/// the caller, whose step it is.
/// </remarks>
internal sealed class JournalWriter(IStorageFile journal, int pageSize, long limitBytes)
{
    private static readonly byte[] Zeros = new byte[JournalFormat.GrowthBytes];

    /// <summary>Empty until the first frame: recovery only clears what others have left.</summary>
    private byte[] _buffer = [];

    private JournalHeader _header;
    private TransactionNumber _number;
    private long _fileLength;
    private long _bufferOffset;
    private int _buffered;
    private ulong _chain;
    private uint _frameCount;
    private bool _isWritten;
    private readonly HashSet<PageNumber> _imaged = [];
    private (long Offset, ulong Chain)? _seal;
    private LogPosition _start;

    /// <summary>A planted bug: what the cycle before had may be patched, too.</summary>
    public bool KeepsImages { get; init; }

    /// <summary>The file behind it.</summary>
    public IStorageFile File => journal;

    /// <summary>
    /// Whether the transaction has staged the header sector, so that playback would write it.
    /// </summary>
    public bool HoldsHeader { get; private set; }

    /// <summary>Whether anything named the file at W6 (rule R-G7).</summary>
    public bool IsNamed { get; private set; }

    /// <summary>Where the next frame goes, in bytes from the beginning of the file.</summary>
    public long Position => _bufferOffset + _buffered;

    /// <summary>
    /// Sets a blank journal up. The caller has made its directory entry durable (R-G5) and syncs
    /// before it sets any marker.
    /// </summary>
    public void Create(JournalHeader header)
    {
        long first = header.IsLog
            ? JournalFormat.FirstRecordOffset
            : JournalFormat.FirstFrameOffset;
        byte[] block = new byte[first + JournalFormat.GrowthBytes];
        journal.Write(JournalHeader.SizeBytes, block.AsSpan(JournalHeader.SizeBytes));
        header.WriteTo(block);
        journal.Write(0, block.AsSpan(0, JournalHeader.SizeBytes));
    }

    /// <summary>
    /// W6: the next frame goes to the beginning, whatever an earlier writer left behind it.
    /// </summary>
    public void Begin(JournalHeader header, TransactionNumber number) => Begin(
        header, number, new LogPosition(JournalFormat.FirstFrameOffset, header.Salt, 0));

    /// <summary>W6 in a log: the next frame goes behind the last record.</summary>
    /// <param name="header">The header of the journal.</param>
    /// <param name="number">The first transaction of the record that is going to be staged.</param>
    /// <param name="start">Where it begins.</param>
    public void Begin(JournalHeader header, TransactionNumber number, LogPosition start)
    {
        if (header.PageSize != pageSize)
        {
            throw new ArgumentException(
                $"The journal has pages of {header.PageSize} bytes, this file of {pageSize}.",
                nameof(header));
        }

        if (!KeepsImages && (_header.Salt != header.Salt || _header.FileId != header.FileId))
        {
            // Another cycle: nothing of the one before is in the log any more.
            _imaged.Clear();
        }

        _header = header;
        _number = number;
        _start = start;

        // Asked anew each time: another process may have grown the file, or cut it back.
        FileStatus status = journal.GetStatus();
        _fileLength = status.LengthBytes;
        IsNamed = status.IsNamed;
        Rewind();
    }

    private void Rewind()
    {
        _bufferOffset = _start.Offset;
        _buffered = 0;
        _chain = _start.Chain;
        _frameCount = 0;
        _isWritten = false;
        _seal = null;
        HoldsHeader = false;
    }

    /// <summary>W7: stages one image. It may stay in the buffer until the seal.</summary>
    /// <exception cref="StorageFullException">No space; nothing of main was touched.</exception>
    public JournalFrame Append(FrameKind kind, PageNumber page, ReadOnlySpan<byte> image)
    {
        if (image.Length != JournalFrameHeader.ImageLength(kind, pageSize, image) || image.IsEmpty)
        {
            throw new ArgumentException(
                $"An image of kind {kind} cannot have {image.Length} bytes.", nameof(image));
        }

        Unseal();
        Reserve(JournalFrameHeader.SizeBytes + image.Length);
        image.CopyTo(_buffer.AsSpan(_buffered + JournalFrameHeader.SizeBytes));
        return AddFrame(kind, page, image.Length);
    }

    /// <summary>
    /// W7 in a log: stages a page by what has changed of it, when the cycle has an image of it and
    /// little has. A patch is the first frame of its page in a record.
    /// </summary>
    /// <param name="page">The page.</param>
    /// <param name="before">What it was before the record.</param>
    /// <param name="after">What it is.</param>
    /// <returns>Null when an image is called for.</returns>
    /// <exception cref="StorageFullException">No space; nothing of main was touched.</exception>
    public JournalFrame? AppendPatch(
        PageNumber page, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (!_imaged.Contains(page))
        {
            return null;
        }

        Unseal();
        int limit = PagePatch.LimitBytes(pageSize);
        Reserve(JournalFrameHeader.SizeBytes + limit);
        int length = PagePatch.Write(
            before, after, _buffer.AsSpan(_buffered + JournalFrameHeader.SizeBytes, limit));
        return length == 0 ? null : AddFrame(FrameKind.Patch, page, length);
    }

    /// <summary>
    /// From now on the page may be patched: a record of this cycle that was committed has it.
    /// </summary>
    public void NoteImage(PageNumber page)
    {
        if (_header.IsLog)
        {
            _imaged.Add(page);
        }
    }

    /// <summary>The image is in the buffer, behind the room for its header.</summary>
    private JournalFrame AddFrame(FrameKind kind, PageNumber page, int length)
    {
        Span<byte> frame = _buffer.AsSpan(_buffered);
        ulong checksum = XxHash3.HashToUInt64(frame.Slice(JournalFrameHeader.SizeBytes, length));
        _chain = JournalFrameHeader.Write(
            frame, kind, page.Value, _number, _header.Salt, checksum, _chain);
        _buffered += JournalFrameHeader.SizeBytes;
        var added = new JournalFrame(kind, page, Position, length, checksum);
        _buffered += length;
        _frameCount++;
        HoldsHeader |= kind == FrameKind.Header;
        return added;
    }

    /// <summary>
    /// C1, first half: writes the seal behind the staged images. The sync is the caller's.
    /// </summary>
    /// <param name="last">
    /// The last transaction of the record, when it holds those of several; the first is that of
    /// <see cref="Begin(JournalHeader, TransactionNumber, LogPosition)"/>.
    /// </param>
    /// <returns>The seal checksum, which the marker will name.</returns>
    public ulong Seal(TransactionNumber? last = null)
    {
        if (last is { } other && other.Value < _number.Value)
        {
            throw new ArgumentException(
                $"A record that begins with transaction {_number} cannot end with {other}.",
                nameof(last));
        }

        Unseal();
        Reserve(JournalFrameHeader.SizeBytes);
        long offset = Position;
        ulong before = _chain;
        ulong sealChecksum = JournalFrameHeader.Write(
            _buffer.AsSpan(_buffered), FrameKind.Seal, _frameCount, last ?? _number, _header.Salt,
            _start.Predecessor, _chain);
        _buffered += JournalFrameHeader.SizeBytes;
        try
        {
            Flush();
        }
        catch (StorageFullException)
        {
            // Frames that are staged next must not stand behind a seal.
            _buffered -= JournalFrameHeader.SizeBytes;
            throw;
        }

        _seal = (offset, before);
        _chain = sealChecksum;
        return sealChecksum;
    }

    /// <summary>Whether the staged frames have a seal, which can be played back.</summary>
    public bool IsSealed => _seal is not null;

    /// <summary>
    /// C1U: overwrites the seal, so that nobody plays the frames back. The sync is the caller's.
    /// </summary>
    public void TakeSealBack()
    {
        if (_seal is { } seal)
        {
            Span<byte> blank = stackalloc byte[JournalFrameHeader.SizeBytes];
            blank.Clear();
            journal.Write(seal.Offset, blank);
            Unseal();
        }
    }

    /// <summary>Remembers what is staged now, for <see cref="RewindTo"/>.</summary>
    public JournalMark Mark()
    {
        Unseal();
        return new JournalMark(Position, _chain, _frameCount, HoldsHeader);
    }

    /// <summary>
    /// Unstages all frames after a mark. Their bytes stay in the file until others take their
    /// place: without a seal whose chain leads through them they mean nothing.
    /// </summary>
    public void RewindTo(JournalMark mark)
    {
        Unseal();
        if (mark.Position >= _bufferOffset)
        {
            _buffered = (int)(mark.Position - _bufferOffset);
        }
        else
        {
            _bufferOffset = mark.Position;
            _buffered = 0;
        }

        _chain = mark.Chain;
        _frameCount = mark.FrameCount;
        HoldsHeader = mark.HoldsHeader;
    }

    /// <summary>Reads an image back, from the buffer or the file, and verifies it.</summary>
    /// <exception cref="CorruptFileException">The image is not what was staged.</exception>
    public void ReadImage(JournalFrame frame, Span<byte> image)
    {
        if (frame.ImageOffset >= _bufferOffset)
        {
            _buffer.AsSpan((int)(frame.ImageOffset - _bufferOffset), image.Length).CopyTo(image);
        }
        else
        {
            ReadImage(journal, frame, image);
        }
    }

    /// <summary>Reads an image from a journal file and verifies it.</summary>
    /// <exception cref="CorruptFileException">The image is not what was staged.</exception>
    public static void ReadImage(IStorageFile journal, JournalFrame frame, Span<byte> image)
    {
        int length = journal.Read(frame.ImageOffset, image);
        ThrowIfNotStaged(journal, frame, image[..length]);
    }

    /// <summary>Holds an image that was read against its checksum.</summary>
    /// <exception cref="CorruptFileException">The image is not what was staged.</exception>
    public static void ThrowIfNotStaged(
        IStorageFile journal, JournalFrame frame, ReadOnlySpan<byte> image)
    {
        ulong actual = XxHash3.HashToUInt64(image);
        if (image.Length != frame.Length || actual != frame.ImageChecksum)
        {
            throw new CorruptFileException(
                journal.Path,
                frame.ImageOffset,
                $"the staged image of page {frame.Page} has checksum {actual:x16} over " +
                $"{image.Length} bytes, expected {frame.ImageChecksum:x16} over {frame.Length}");
        }
    }

    /// <summary>
    /// C9: no transaction any more. One small write, not synced: everything that is decided later
    /// hinges on the marker in main.
    /// </summary>
    public void Clear()
    {
        if (_isWritten)
        {
            Span<byte> blank = stackalloc byte[JournalFrameHeader.SizeBytes];
            blank.Clear();
            journal.Write(JournalFormat.FirstFrameOffset, blank);
            if (_fileLength > limitBytes)
            {
                _fileLength = Math.Max(
                    limitBytes, JournalFormat.FirstFrameOffset + JournalFormat.GrowthBytes);
                journal.SetLength(_fileLength);
            }
        }

        Rewind();
    }

    /// <summary>
    /// The end of a rolled back transaction in a log: without a seal its frames mean nothing.
    /// </summary>
    public void Abandon() => Rewind();

    /// <summary>Cuts a log back that has grown past its limit; its records are not needed.</summary>
    public void CutBack()
    {
        if (_fileLength > limitBytes)
        {
            _fileLength = Math.Max(
                limitBytes, JournalFormat.FirstRecordOffset + JournalFormat.GrowthBytes);
            journal.SetLength(_fileLength);
        }
    }

    /// <summary>Clears away what an earlier writer left, before this one begins.</summary>
    public void ClearLeftover()
    {
        _isWritten = true;
        Clear();
    }

    /// <summary>
    /// Takes the seal back, so that staging can go on after a commit that met a busy lock.
    /// </summary>
    private void Unseal()
    {
        if (_seal is { } seal)
        {
            _bufferOffset = seal.Offset;
            _buffered = 0;
            _chain = seal.Chain;
            _seal = null;
        }
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length == 0)
        {
            _buffer = new byte[
                Math.Max(128 * 1024, 2 * (pageSize + JournalFrameHeader.SizeBytes))];
        }
        else if (_buffered + bytes > _buffer.Length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_buffered == 0)
        {
            return;
        }

        EnsureLength(Position);
        _isWritten = true;
        journal.Write(_bufferOffset, _buffer.AsSpan(0, _buffered));
        _bufferOffset += _buffered;
        _buffered = 0;
    }

    /// <summary>Grows the file in written zeros, doubling up to 1 MiB at a time.</summary>
    private void EnsureLength(long needed)
    {
        if (needed <= _fileLength)
        {
            return;
        }

        long before = _fileLength;
        long growth = Math.Clamp(before, JournalFormat.GrowthBytes, 1024 * 1024);
        long target = Math.Max(needed, before + growth);
        target += -target & (JournalFormat.GrowthBytes - 1);
        try
        {
            for (long at = before; at < target;)
            {
                int chunk = (int)Math.Min(Zeros.Length, target - at);
                journal.Write(at, Zeros.AsSpan(0, chunk));
                at += chunk;
            }
        }
        catch (StorageFullException)
        {
            // Give back what was taken in vain: somebody may need the space to go on.
            journal.SetLength(before);
            throw;
        }

        _fileLength = target;
    }
}
