namespace Quire.Collections;

/// <summary>Chooses where a node is split.</summary>
/// <remarks>
/// There always is a place. If the new entry has the node's prefix, both halves have it too, and no
/// entry takes more than a quarter of a page, so the middle will do. If it has not, it sorts before
/// or behind all others, and the node as it was and the new entry alone both fit.
/// </remarks>
internal static class SplitPoint
{
    /// <summary>
    /// How far the fuller half may be above the best split, in 64ths, for a shorter separator.
    /// </summary>
    private const int Tolerance = 8;

    /// <summary>
    /// Chooses the first entry of the right node; in an inner node, the one that goes up.
    /// </summary>
    /// <param name="entries">The entries, measured.</param>
    /// <param name="isLeaf">Of which kind the node is.</param>
    /// <param name="step">Where it is in the tree.</param>
    /// <param name="changed">The entry that is new; negative when none is.</param>
    /// <returns>
    /// 0 when there is no place, which only entries of a damaged page can bring about.
    /// </returns>
    public static int Choose(EntryList entries, bool isLeaf, TreePath.Step step, int changed)
    {
        // Records that come in order leave full pages behind: at the edge only the new entry goes
        // on.
        int last = entries.Count - 1;
        int atEdge = step.IsLast && changed == last ? (isLeaf ? last : last - 1)
            : step.IsFirst && changed == 0 ? 1
            : 0;
        if (atEdge > 0 && LargerHalf(entries, isLeaf, atEdge) is var edge && entries.IsWithin(edge))
        {
            return atEdge;
        }

        int best = 0;
        long least = long.MaxValue;
        int end = isLeaf ? entries.Count : entries.Count - 1;
        for (int at = 1; at < end; at++)
        {
            long larger = LargerHalf(entries, isLeaf, at);
            if (larger < least)
            {
                best = at;
                least = larger;
            }
        }

        if (!entries.IsWithin(least))
        {
            return 0;
        }

        return isLeaf ? best : ShortestNear(entries, best, least);
    }

    /// <summary>
    /// Of the inner separators that split nearly as well, the shortest one goes up.
    /// </summary>
    private static int ShortestNear(EntryList entries, int best, long least)
    {
        long limit = least + (least * Tolerance / 64);
        int chosen = best;
        int shortest = entries.KeyAt(best).Length;
        for (int at = 1; at < entries.Count - 1; at++)
        {
            int length = entries.KeyLengthAt(at);
            if (length < shortest
                && LargerHalf(entries, isLeaf: false, at) is var larger
                && larger <= limit
                && entries.IsWithin(larger))
            {
                chosen = at;
                shortest = length;
            }
        }

        return chosen;
    }

    private static long LargerHalf(EntryList entries, bool isLeaf, int at) => Math.Max(
        entries.SizeOf(0, at),
        entries.SizeOf(isLeaf ? at : at + 1, entries.Count));
}
