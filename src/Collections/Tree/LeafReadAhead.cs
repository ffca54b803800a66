using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>
/// Reads the next leaves of a scan before it comes to them: their parent names them, and leaves
/// that follow each other in the file are one read instead of one each.
/// </summary>
/// <remarks>
/// Begins with the third leaf in one direction, since most ranges are short, and then takes more
/// each time. What is read goes into the cache and nowhere else; a page that is damaged is left to
/// the read that needs it.
/// </remarks>
internal sealed class LeafReadAhead
{
    private const int StepsBefore = 2;
    private const int FewestLeaves = 4;
    private const int MostLeaves = 32;

    private int _steps;
    private int _leaves = FewestLeaves;
    private bool _isBackward;
    private PageNumber _parent;

    /// <summary>The child of the parent behind those that were read ahead.</summary>
    private int _next;

    /// <summary>The scan goes on to a child of a node above the leaves.</summary>
    public void Stepped(scoped in PageSource pages, in Node parent, int child, bool isBackward)
    {
        if (!pages.IsReadOnly)
        {
            return;
        }

        if (isBackward != _isBackward)
        {
            _isBackward = isBackward;
            _steps = 0;
            _leaves = FewestLeaves;
            _parent = default;
        }

        if (_steps < StepsBefore)
        {
            _steps++;
            return;
        }

        if (parent.Number != _parent)
        {
            _parent = parent.Number;
            _next = child;
        }

        if (child == _next)
        {
            Read(pages, parent, child);
        }
    }

    /// <summary>Reads some children from one on, those that lie together with one read.</summary>
    private void Read(scoped in PageSource pages, in Node parent, int child)
    {
        int step = _isBackward ? -1 : 1;
        int left = Math.Min(_leaves, _isBackward ? child + 1 : parent.Count - child + 1);
        _leaves = Math.Min(2 * _leaves, MostLeaves);
        _next = child + (left * step);
        while (left > 0 && TryChild(parent, child, out PageNumber first))
        {
            PageNumber last = first;
            int run = 1;
            while (run < left
                && TryChild(parent, child + (run * step), out PageNumber page)
                && page.Value == last.Value + (uint)step)
            {
                last = page;
                run++;
            }

            pages.ReadAhead(_isBackward ? last : first, run);
            child += run * step;
            left -= run;
        }
    }

    /// <summary>A child's page, unless its cell is damaged.</summary>
    private static bool TryChild(in Node parent, int index, out PageNumber page)
    {
        page = parent.FirstChild;
        if (index == 0)
        {
            return true;
        }

        if (!Node.TryCellAt(parent.Page, parent.Shape, index - 1, out Cell cell))
        {
            return false;
        }

        page = new PageNumber(BinaryPrimitives.ReadUInt32LittleEndian(parent.TailOf(cell)));
        return true;
    }
}
