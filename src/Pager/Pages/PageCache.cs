using System.Numerics;

namespace Quire.Pager;

/// <summary>
/// Pages of one transaction number, shared by all transactions of one open file.
/// </summary>
/// <remarks>
/// Invariants:
/// <list type="number">
/// <item>Every page in it is as main held it at <see cref="Number"/> (step R6). While any
/// transaction of this open file is active, main stays at that number: readers hold main shared,
/// and a writer that stages holds the journal lock, which freezes main.</item>
/// <item>A buffer that was published is never written again while anybody may read it; a transaction
/// may keep reading one that has been evicted.</item>
/// </list>
/// <para>
/// Lookups take no lock and write nothing that they need not: a hash table of chains whose links
/// are only ever changed to leave out an entry or to put one in front. Who is on an entry that is
/// taken out goes on from there. A commit puts the new image into the entry that has the old one.
/// Its size follows the pages that it holds, not those of the file.
/// </para>
/// <para>
/// Evicts by the clock algorithm. Left out: sharing between open files, and pooling of buffers that
/// were evicted; such a one may be in use long afterwards, and only the collector knows until when.
/// Those that a commit replaces are another matter, when no transaction but the one that commits is
/// left that could have one: a few of them are kept for the next pages that are changed.
/// </para>
/// </remarks>
internal sealed class PageCache
{
    private const int FewestBuckets = 16;

    /// <summary>As many replaced buffers are kept: what most commits change.</summary>
    private const int MostSpare = 64;

    private const int MostSpareBytes = 256 * 1024;

    private readonly Lock _mutex = new();
    private readonly Stack<byte[]> _spare = [];
    private readonly int _capacity;
    private readonly int _mostSpare;
    private readonly List<Entry> _resident = [];
    private Entry?[] _buckets = new Entry?[FewestBuckets];
    private int _hand;

    public PageCache(long capacityBytes, int pageSize)
    {
        _capacity = (int)Math.Clamp(capacityBytes / pageSize, 8, int.MaxValue / 2);
        _mostSpare = Math.Min(MostSpare, MostSpareBytes / pageSize);
    }

    /// <summary>The transaction number at which the pages were read.</summary>
    public TransactionNumber Number { get; private set; }

    /// <summary>How many pages it holds now.</summary>
    public int Count
    {
        get
        {
            lock (_mutex)
            {
                return _resident.Count;
            }
        }
    }

    /// <summary>The page, or null when it is not cached.</summary>
    public byte[]? Find(PageNumber page)
    {
        Entry?[] buckets = Volatile.Read(ref _buckets);
        Entry? entry = Volatile.Read(ref buckets[IndexOf(page, buckets.Length)]);
        while (entry is not null && entry.Page != page)
        {
            entry = entry.Next;
        }

        if (entry is null)
        {
            return null;
        }

        // Not written again and again: each write takes the line from the other processors.
        if (!entry.IsReferenced)
        {
            entry.IsReferenced = true;
        }

        return entry.Bytes;
    }

    /// <summary>
    /// R6: keeps the pages when they are of this number, drops them all when not.
    /// </summary>
    public void Revalidate(TransactionNumber number)
    {
        lock (_mutex)
        {
            if (Number != number)
            {
                DropAll();
                Number = number;
            }
        }
    }

    /// <summary>
    /// Publishes a page that a transaction read at <paramref name="number"/>; ignored when the
    /// cache has moved on, which happens only to a transaction that was ended during the read.
    /// </summary>
    public void Add(PageNumber page, byte[] bytes, TransactionNumber number)
    {
        lock (_mutex)
        {
            if (Number == number && EntryOf(page) is null)
            {
                Insert(page, bytes);
            }
        }
    }

    /// <summary>
    /// Moves on to the transaction that this process has just applied: its pages replace the older
    /// ones, all others stay valid. Called with main held exclusive, so no reader is active.
    /// </summary>
    /// <param name="first">The first transaction that was applied.</param>
    /// <param name="number">The last one; mostly the same.</param>
    /// <param name="pages">
    /// Pages that it changed; their buffers belong to the cache from now on.
    /// </param>
    /// <param name="isNobodyElseIn">
    /// Whether nobody can have an image of a page, but the transaction that commits, which is over.
    /// </param>
    public void Advance(
        TransactionNumber first,
        TransactionNumber number,
        ReadOnlySpan<PageImage> pages,
        bool isNobodyElseIn = false)
    {
        lock (_mutex)
        {
            // The number comes last, so that no failure on the way can leave an old page under the
            // new one.
            TransactionNumber before = Number;
            Number = default;
            if (before.Next != first)
            {
                DropAll();
            }

            foreach ((PageNumber page, byte[]? image) in pages)
            {
                byte[]? replaced = Replace(page, image);
                if (isNobodyElseIn && replaced is not null && _spare.Count < _mostSpare)
                {
                    _spare.Push(replaced);
                }
            }

            Number = number;
        }
    }

    /// <summary>A buffer for a page, with anything in it; null when there is none to spare.</summary>
    public byte[]? TakeSpare()
    {
        lock (_mutex)
        {
            return _spare.TryPop(out byte[]? spare) ? spare : null;
        }
    }

    private void Insert(PageNumber page, byte[] bytes)
    {
        if (_resident.Count >= _capacity)
        {
            EvictOne();
        }
        else if (_resident.Count >= _buckets.Length)
        {
            Grow();
        }

        var entry = new Entry(page, bytes) { Position = _resident.Count };
        _resident.Add(entry);
        Link(_buckets, entry);
    }

    /// <summary>
    /// Twice the buckets. The entries are new ones, so that the chains of the old table stay as
    /// they are for those who follow them now.
    /// </summary>
    private void Grow()
    {
        var larger = new Entry?[_buckets.Length * 2];
        for (int i = 0; i < _resident.Count; i++)
        {
            Entry old = _resident[i];
            var entry = new Entry(old.Page, old.Bytes)
            {
                Position = i,
                IsReferenced = old.IsReferenced,
            };
            _resident[i] = entry;
            Link(larger, entry);
        }

        Volatile.Write(ref _buckets, larger);
    }

    private void EvictOne()
    {
        while (true)
        {
            _hand = _hand + 1 < _resident.Count ? _hand + 1 : 0;
            Entry entry = _resident[_hand];
            if (!entry.IsReferenced)
            {
                Remove(_hand);
                return;
            }

            entry.IsReferenced = false;
        }
    }

    /// <param name="page">The page.</param>
    /// <param name="image">What it is now; null to forget it.</param>
    /// <returns>What the page was; null when it was not cached.</returns>
    private byte[]? Replace(PageNumber page, byte[]? image)
    {
        Entry? entry = EntryOf(page);
        byte[]? before = entry?.Bytes;
        if (image is null)
        {
            if (entry is not null)
            {
                Remove(entry.Position);
            }
        }
        else if (entry is not null)
        {
            entry.Bytes = image;
            entry.IsReferenced = true;
        }
        else
        {
            Insert(page, image);
        }

        return before;
    }

    private void Remove(int position)
    {
        Entry removed = _resident[position];
        Entry last = _resident[^1];
        _resident[position] = last;
        last.Position = position;
        _resident.RemoveAt(_resident.Count - 1);
        Unlink(removed);
    }

    private void DropAll()
    {
        Array.Clear(_buckets);
        _resident.Clear();
        _hand = 0;
    }

    private Entry? EntryOf(PageNumber page)
    {
        Entry? entry = _buckets[IndexOf(page, _buckets.Length)];
        while (entry is not null && entry.Page != page)
        {
            entry = entry.Next;
        }

        return entry;
    }

    private static void Link(Entry?[] buckets, Entry entry)
    {
        ref Entry? first = ref buckets[IndexOf(entry.Page, buckets.Length)];
        entry.Next = first;
        Volatile.Write(ref first, entry);
    }

    private void Unlink(Entry removed)
    {
        ref Entry? first = ref _buckets[IndexOf(removed.Page, _buckets.Length)];
        if (first == removed)
        {
            Volatile.Write(ref first, removed.Next);
            return;
        }

        Entry before = first!;
        while (before.Next != removed)
        {
            before = before.Next!;
        }

        before.Next = removed.Next;
    }

    /// <summary>
    /// The upper bits of a product (Knuth's multiplicative hashing): neighbours and strides alike
    /// are spread.
    /// </summary>
    private static int IndexOf(PageNumber page, int buckets) =>
        (int)((page.Value * 0x9E3779B1u) >> (BitOperations.LeadingZeroCount((uint)buckets) + 1));

    private sealed class Entry(PageNumber page, byte[] bytes)
    {
        private Entry? _next;
        private byte[] _bytes = bytes;

        public PageNumber Page { get; } = page;

        /// <summary>The image; another one after a commit. Read without the mutex.</summary>
        public byte[] Bytes
        {
            get => Volatile.Read(ref _bytes);
            set => Volatile.Write(ref _bytes, value);
        }

        public int Position { get; set; }

        public bool IsReferenced { get; set; } = true;

        /// <summary>The next one of the bucket; followed without the mutex.</summary>
        public Entry? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }
    }
}
