using System.Buffers;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Writes the pages of a commit to main, or of a journal in recovery, in the order of their numbers;
/// where they are many, those that follow each other with one call, since calls are most of what they
/// cost.
/// </summary>
/// <remarks>
/// Nothing comes between these writes to main but other such writes, so one call for
/// several pages can leave nothing on the disk that several calls could not. A commit of few pages
/// takes no buffer: its calls are little beside its sync.
/// </remarks>
internal sealed class PageRun
{
    private const int ManyPages = 64;
    private const int LongestBytes = 256 * 1024;

    private readonly IStorageFile _main;
    private readonly int _pageSize;
    private readonly int _longest;
    private byte[]? _buffer;
    private uint _first;
    private int _count;

    /// <param name="main">The file.</param>
    /// <param name="pageSize">Its page size.</param>
    public PageRun(IStorageFile main, int pageSize)
    {
        _main = main;
        _pageSize = pageSize;
        _longest = Math.Max(1, LongestBytes / pageSize);
    }

    /// <summary>Begins; <see cref="End"/> ends it, whatever comes, and it can begin again.</summary>
    /// <param name="pages">How many pages the commit has.</param>
    public void Begin(int pages)
    {
        _count = 0;
        _buffer = pages < ManyPages ? null : ArrayPool<byte>.Shared.Rent(_longest * _pageSize);
    }

    /// <summary>
    /// Writes a page, now or with those behind it; the image is the caller's again.
    /// </summary>
    public void Add(PageNumber page, ReadOnlySpan<byte> image)
    {
        if (_buffer is null)
        {
            _main.Write(MainFormat.OffsetOf(page, _pageSize), image);
            return;
        }

        if (_count == _longest || (_count > 0 && page.Value != _first + (uint)_count))
        {
            Flush();
        }

        if (_count == 0)
        {
            _first = page.Value;
        }

        image.CopyTo(_buffer.AsSpan(_count * _pageSize));
        _count++;
    }

    /// <summary>Writes what is left; without it, after a failure, that is written by nobody.</summary>
    public void Flush()
    {
        if (_count > 0)
        {
            int length = _count * _pageSize;
            _count = 0;
            _main.Write(
                MainFormat.OffsetOf(new PageNumber(_first), _pageSize), _buffer.AsSpan(0, length));
        }
    }

    /// <summary>Gives its memory back.</summary>
    public void End()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }
}
