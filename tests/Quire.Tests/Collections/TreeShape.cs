using Quire.Collections;

namespace Quire.Tests.Collections;

/// <summary>How a tree lies in its pages.</summary>
internal sealed class TreeShape
{
    private readonly PageSource _pages;
    private readonly PageNumber _root;

    public TreeShape(ReadTransaction read, string map)
    {
        _pages = new PageSource(read);
        _root = read.ListMaps().Single(info => info.Name == map).Root;
        Node root = Node.Open(_pages, _root, _root, -1);
        Levels = root.Level + 1;
        Visit(_root, root.Level);
    }

    public int Levels { get; }

    /// <summary>How full each leaf is, in order, from 0 to 1.</summary>
    public List<double> LeafFill { get; } = [];

    /// <summary>How full each inner node but the root is.</summary>
    public List<double> InnerFill { get; } = [];

    /// <summary>The lengths of all separators.</summary>
    public List<int> SeparatorLengths { get; } = [];

    public List<PageNumber> Leaves { get; } = [];

    private void Visit(PageNumber page, int level)
    {
        Node node = Node.Open(_pages, page, _root, level);
        double fill = (double)node.UsedBytes / NodeFormat.CapacityOf(node.Page.Length);
        if (node.IsLeaf)
        {
            LeafFill.Add(fill);
            Leaves.Add(page);
            return;
        }

        if (page != _root)
        {
            InnerFill.Add(fill);
        }

        for (int child = 0; child <= node.Count; child++)
        {
            if (child > 0)
            {
                SeparatorLengths.Add(node.Shape.PrefixLength + node.SuffixOf(child - 1).Length);
            }

            Visit(node.ChildAt(child), level - 1);
        }
    }
}
