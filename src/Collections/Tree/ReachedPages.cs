using System.Collections;

namespace Quire.Collections;

/// <summary>Which pages a verification has met, and what it found wrong.</summary>
internal sealed class ReachedPages(PageSource pages)
{
    private readonly BitArray _reached = new(checked((int)Math.Min(pages.PageCount, int.MaxValue)));

    public uint Count { get; private set; }

    public List<VerifyProblem> Problems { get; } = [];

    /// <summary>Begins the text of each problem.</summary>
    public string Place { get; set; } = "";

    public bool Contains(PageNumber page) =>
        page.Value < _reached.Length && _reached[(int)page.Value];

    /// <summary>Marks a page that another one names.</summary>
    /// <returns>False when it was met before, or cannot be met at all; that is a problem.</returns>
    public bool TryReach(PageNumber page, PageNumber from)
    {
        if (!pages.IsInUse(page) || page.Value >= _reached.Length)
        {
            Problem(from, $"page {from} refers to page {page}, which is not in use");
            return false;
        }

        if (_reached[(int)page.Value])
        {
            Problem(from, $"page {from} refers to page {page}, which is reached elsewhere too");
            return false;
        }

        _reached[(int)page.Value] = true;
        Count++;
        return true;
    }

    public void Problem(PageNumber page, string text) =>
        Problems.Add(new VerifyProblem(pages.OffsetOf(page), page, Place + text));
}
