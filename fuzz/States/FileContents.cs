namespace Quire.Fuzz;

/// <summary>
/// Everything a user sees of a file at one transaction: what a damaged copy is held against.
/// </summary>
public sealed record FileContents(
    TransactionNumber Number,
    PageNumber Root,
    uint UserVersion,
    uint ApplicationId,
    uint PageCount,
    SortedDictionary<uint, byte[]> Pages)
{
    /// <summary>Reads a sound file whole.</summary>
    public static FileContents Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        var pages = new SortedDictionary<uint, byte[]>();
        for (uint number = 1; number < read.PageCount; number++)
        {
            var page = new PageNumber(number);
            if (read.IsInUse(page))
            {
                pages.Add(number, read.Read(page).ToArray());
            }
        }

        return new FileContents(
            read.Number, read.Root, read.UserVersion, read.ApplicationId, read.PageCount, pages);
    }

    /// <summary>
    /// Holds what a read transaction sees, page by page, against these contents. A page that is
    /// refused as damaged is no difference: an error is an answer, wrong data is not.
    /// </summary>
    /// <returns>Null when nothing differs, or the first difference.</returns>
    public string? FindDifference(ReadTransaction read)
    {
        var seen = (read.Number, read.Root, read.UserVersion, read.ApplicationId, read.PageCount);
        var expected = (Number, Root, UserVersion, ApplicationId, PageCount);
        if (seen != expected)
        {
            return $"header: seen {seen}, expected {expected}";
        }

        for (uint number = 1; number < read.PageCount; number++)
        {
            try
            {
                string? difference = FindDifference(read, new PageNumber(number));
                if (difference is not null)
                {
                    return difference;
                }
            }
            catch (CorruptFileException)
            {
                // Noticed, which is all that is asked.
            }
        }

        return null;
    }

    /// <summary>Whether these contents and others are the same, byte for byte.</summary>
    public bool Matches(FileContents other) =>
        Number == other.Number && HoldsSameAs(other);

    /// <summary>As <see cref="Matches"/>, whatever the transaction number.</summary>
    public bool HoldsSameAs(FileContents other) =>
        Root == other.Root
        && UserVersion == other.UserVersion
        && ApplicationId == other.ApplicationId
        && Pages.Count == other.Pages.Count
        && Pages.All(page => other.Pages.TryGetValue(page.Key, out byte[]? bytes)
            && bytes.AsSpan().SequenceEqual(page.Value));

    private string? FindDifference(ReadTransaction read, PageNumber page)
    {
        bool isInUse = read.IsInUse(page);
        if (isInUse != Pages.TryGetValue(page.Value, out byte[]? expected))
        {
            return $"page {page}: in use: {isInUse}, expected {!isInUse}";
        }

        return expected is null || read.Read(page).SequenceEqual(expected)
            ? null
            : $"page {page}: its bytes are not what was written";
    }
}
