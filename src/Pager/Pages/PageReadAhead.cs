using System.Buffers;

namespace Quire.Pager;

/// <summary>
/// Reads pages that lie together with one call, into the cache, for a reader that will ask for them
/// soon. Each is checked as any page that is read.
/// </summary>
/// <remarks>
/// Nothing depends on it. A page that is damaged, or not there, is left out; whoever reads it finds
/// out. Called with main locked shared, by a transaction that sees <c>number</c>.
/// </remarks>
internal static class PageReadAhead
{
    /// <summary>Reads those of a run of pages that are not in the cache.</summary>
    /// <param name="file">The file.</param>
    /// <param name="first">The first page.</param>
    /// <param name="count">How many pages there are.</param>
    /// <param name="number">The commit that the caller sees.</param>
    public static void Read(
        EngineFile file, PageNumber first, int count, TransactionNumber number)
    {
        // Not so many that they would push each other out of the cache.
        long most = file.Options.CacheBytes / file.PageSize / 4;
        count = (int)Math.Min(count, most);
        while (count > 0 && file.Cache.Find(first) is not null)
        {
            first = new PageNumber(first.Value + 1);
            count--;
        }

        if (count < 2)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(count * file.PageSize);
        try
        {
            int length = file.ReaderMain.File.Read(
                MainFormat.OffsetOf(first, file.PageSize),
                buffer.AsSpan(0, count * file.PageSize));
            Publish(file, first, buffer.AsSpan(0, length), number);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Publish(
        EngineFile file, PageNumber first, ReadOnlySpan<byte> bytes, TransactionNumber number)
    {
        // Disposed meanwhile by another thread: main was perhaps not locked during the read.
        if (file.IsDisposed)
        {
            return;
        }

        for (PageNumber page = first; bytes.Length >= file.PageSize;)
        {
            ReadOnlySpan<byte> image = bytes[..file.PageSize];
            if (file.Cache.Find(page) is null
                && PageFormat.Check(image, page, file.PageSeed) is null)
            {
                file.Cache.Add(page, image.ToArray(), number);
            }

            page = new PageNumber(page.Value + 1);
            bytes = bytes[file.PageSize..];
        }
    }
}
