using System.Numerics;

namespace Quire.Collections;

/// <summary>A node that was read, and its header checked, at some commit.</summary>
/// <param name="number">The page.</param>
/// <param name="tree">The root page of the tree to which it belongs.</param>
/// <param name="shape">What its header says.</param>
/// <param name="image">
/// The page as the cache of the file has it at the commit at which it was last seen; of later ones
/// the buffer may hold something else.
/// </param>
internal sealed class OpenedNode(
    PageNumber number, PageNumber tree, NodeShape shape, byte[] image)
{
    private ulong _seenAt;

    public PageNumber Number => number;

    public PageNumber Tree => tree;

    public NodeShape Shape => shape;

    public byte[] Image => image;

    /// <summary>The last commit at which the page was found to be this one.</summary>
    public TransactionNumber SeenAt
    {
        get => new(Volatile.Read(ref _seenAt));
        set => Volatile.Write(ref _seenAt, value.Value);
    }
}

/// <summary>
/// Nodes that the readers of one open file have read and checked: a lookup finds the node of a page
/// with one step, and neither looks into the allocation map again nor at the node's header.
/// </summary>
/// <remarks>
/// <para>
/// Why that may be trusted: a page of one commit never changes, and a transaction number names one
/// commit of an open file for ever (step R6 relies on the same). An entry counts for a transaction
/// of the number at which it was last seen and for no other; at any other number the page is read
/// with all checks again, and the entry kept when the cache has the same buffer for it, and the node
/// the same shape: a buffer may have been used again meanwhile.
/// </para>
/// <para>
/// A table with one place for each page, by the low bits of its number; a page whose place is taken
/// by a node of the same commit that is no lower in its tree is not kept, so that inner nodes stay
/// and nothing is allocated again and again. It grows up to a quarter of the pages that the cache
/// may hold. Threads share it without a lock: an entry is complete before it is published, and one
/// that is lost is read again.
/// </para>
/// </remarks>
internal sealed class OpenedNodes
{
    private const int SmallestTable = 64;
    private const int LargestTable = 1 << 14;

    private readonly int _limit;
    private OpenedNode?[] _table = new OpenedNode?[SmallestTable];

    public OpenedNodes(long cachedPages) => _limit = (int)BitOperations.RoundUpToPowerOf2(
        (uint)Math.Clamp(cachedPages / 4, SmallestTable, LargestTable));

    /// <summary>A node of a read transaction; from here, or read and checked.</summary>
    /// <param name="pages">The transaction.</param>
    /// <param name="number">The page.</param>
    /// <param name="tree">The root page of the tree that it must belong to.</param>
    /// <param name="level">The level that it must have; negative for any, at the root.</param>
    /// <param name="image">The page's image.</param>
    /// <exception cref="CorruptFileException">It is not such a node.</exception>
    public Node Open(
        scoped in PageSource pages,
        PageNumber number,
        PageNumber tree,
        int level,
        out byte[] image)
    {
        OpenedNode?[] table = Volatile.Read(ref _table);
        OpenedNode? known = table[number.Value & (uint)(table.Length - 1)];
        if (known is not null
            && known.Number == number
            && known.SeenAt == pages.Number
            && known.Tree == tree
            && (level < 0 || known.Shape.Level == level))
        {
            image = known.Image;
            return Node.Reopen(pages, number, known.Shape, known.Image);
        }

        image = pages.ReadImage(number);
        Node node = Node.Open(pages, number, image, tree, level);
        Keep(new Candidate(number, tree, node.Shape, image, pages.Number));
        return node;
    }

    private void Keep(in Candidate node)
    {
        OpenedNode?[] table = Volatile.Read(ref _table);
        OpenedNode? there = table[node.Number.Value & (uint)(table.Length - 1)];
        if (there is not null && there.Number != node.Number && there.SeenAt == node.SeenAt)
        {
            if (table.Length < _limit)
            {
                table = Grow(table);
            }
            else if (there.Shape.Level >= node.Shape.Level)
            {
                return;
            }
        }
        else if (there is not null
            && there.Number == node.Number
            && there.Tree == node.Tree
            && ReferenceEquals(there.Image, node.Image)
            && there.Shape.IsSameAs(node.Shape))
        {
            there.SeenAt = node.SeenAt;
            return;
        }

        var kept = new OpenedNode(node.Number, node.Tree, node.Shape, node.Image)
        {
            SeenAt = node.SeenAt,
        };
        Volatile.Write(ref table[node.Number.Value & (uint)(table.Length - 1)], kept);
    }

    private OpenedNode?[] Grow(OpenedNode?[] table)
    {
        var larger = new OpenedNode?[table.Length * 4 > _limit ? _limit : table.Length * 4];
        foreach (OpenedNode? node in table)
        {
            if (node is not null)
            {
                larger[node.Number.Value & (uint)(larger.Length - 1)] = node;
            }
        }

        Volatile.Write(ref _table, larger);
        return larger;
    }

    private readonly record struct Candidate(
        PageNumber Number,
        PageNumber Tree,
        NodeShape Shape,
        byte[] Image,
        TransactionNumber SeenAt);
}
