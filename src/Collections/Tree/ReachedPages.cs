namespace Quire.Collections;

/// <summary>Which pages a verification has met, and what it found wrong.</summary>
/// <remarks>
/// Its memory follows the pages that are met, not the number of pages that the file claims to have.
/// </remarks>
internal sealed class ReachedPages(PageSource pages)
{
    private const int BitsPerWord = 64;

    private readonly Dictionary<uint, ulong> _reached = [];

    public uint Count { get; private set; }

    public List<VerifyProblem> Problems { get; } = [];

    /// <summary>Begins the text of each problem.</summary>
    public string Place { get; set; } = "";

    public bool Contains(PageNumber page) =>
        _reached.TryGetValue(page.Value / BitsPerWord, out ulong word)
        && (word & BitOf(page)) != 0;

    /// <summary>Marks a page that another one names.</summary>
    /// <returns>False when it was met before, or cannot be met at all; that is a problem.</returns>
    public bool TryReach(PageNumber page, PageNumber from)
    {
        if (!IsInUse(page))
        {
            Problem(from, $"page {from} refers to page {page}, which is not in use");
            return false;
        }

        if (Contains(page))
        {
            Problem(from, $"page {from} refers to page {page}, which is reached elsewhere too");
            return false;
        }

        uint word = page.Value / BitsPerWord;
        _reached[word] = _reached.GetValueOrDefault(word) | BitOf(page);
        Count++;
        return true;
    }

    /// <summary>
    /// Whether a page is in use; when the allocation map is damaged, that is a problem.
    /// </summary>
    public bool IsInUse(PageNumber page)
    {
        try
        {
            return pages.IsInUse(page);
        }
        catch (CorruptFileException error)
        {
            Problem(page, error.Message);
            return false;
        }
    }

    public void Problem(PageNumber page, string text) =>
        Problems.Add(new VerifyProblem(pages.OffsetOf(page), page, Place + text));

    private static ulong BitOf(PageNumber page) => 1ul << (int)(page.Value % BitsPerWord);
}
