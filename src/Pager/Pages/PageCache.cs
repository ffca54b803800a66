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
/// <item>A buffer that was published is never written again; a transaction may keep reading one
/// that has been evicted.</item>
/// </list>
/// Lookups take no lock. The table has two levels, so that its size follows the pages in use.
/// Evicts by the clock algorithm. Left out: sharing between open files, and pooling of buffers.
/// </remarks>
internal sealed class PageCache
{
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Lock _mutex = new();
    private readonly int _capacity;
    private readonly List<Entry> _resident = [];
    private Entry?[]?[] _table = [];
    private int _hand;

    public PageCache(long capacityBytes, int pageSize) =>
        _capacity = (int)Math.Clamp(capacityBytes / pageSize, 8, int.MaxValue / 2);

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
        Entry?[]?[] table = Volatile.Read(ref _table);
        uint chunkIndex = page.Value >> ChunkBits;
        if (chunkIndex >= (uint)table.Length || table[chunkIndex] is not { } chunk)
        {
            return null;
        }

        Entry? entry = Volatile.Read(ref chunk[page.Value & (ChunkSize - 1)]);
        if (entry is null)
        {
            return null;
        }

        entry.IsReferenced = true;
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
            ref Entry? slot = ref SlotOf(page);
            if (slot is null && Number == number)
            {
                Insert(ref slot, page, bytes);
            }
        }
    }

    /// <summary>
    /// Moves on to the transaction that this process has just applied: its pages replace the older
    /// ones, all others stay valid. Called with main held exclusive, so no reader is active.
    /// </summary>
    /// <param name="number">The applied transaction.</param>
    /// <param name="pages">
    /// Pages that it changed; the buffers belong to the cache from now on.
    /// </param>
    /// <param name="forget">Pages that it changed and no longer has in memory.</param>
    public void Advance(
        TransactionNumber number,
        IEnumerable<KeyValuePair<PageNumber, byte[]>> pages,
        IEnumerable<PageNumber> forget)
    {
        lock (_mutex)
        {
            // What is out of date goes first, so that no failure on the way can leave an old page
            // under the new number.
            TransactionNumber before = Number;
            Number = default;
            if (before.Next == number)
            {
                foreach (PageNumber page in forget)
                {
                    Drop(page);
                }

                foreach ((PageNumber page, _) in pages)
                {
                    Drop(page);
                }
            }
            else
            {
                DropAll();
            }

            Number = number;
            foreach ((PageNumber page, byte[] bytes) in pages)
            {
                Insert(ref SlotOf(page), page, bytes);
            }
        }
    }

    private void Insert(ref Entry? slot, PageNumber page, byte[] bytes)
    {
        if (_resident.Count >= _capacity)
        {
            EvictOne();
        }

        var entry = new Entry(page, bytes) { Position = _resident.Count };
        _resident.Add(entry);
        Volatile.Write(ref slot, entry);
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

    private void Drop(PageNumber page)
    {
        if (SlotOf(page) is { } entry)
        {
            Remove(entry.Position);
        }
    }

    private void Remove(int position)
    {
        Entry removed = _resident[position];
        Entry last = _resident[^1];
        _resident[position] = last;
        last.Position = position;
        _resident.RemoveAt(_resident.Count - 1);
        SlotOf(removed.Page) = null;
    }

    private void DropAll()
    {
        foreach (Entry entry in _resident)
        {
            SlotOf(entry.Page) = null;
        }

        _resident.Clear();
        _hand = 0;
    }

    private ref Entry? SlotOf(PageNumber page)
    {
        int chunkIndex = (int)(page.Value >> ChunkBits);
        if (chunkIndex >= _table.Length)
        {
            var larger = new Entry?[]?[Math.Max(chunkIndex + 1, _table.Length * 2)];
            _table.CopyTo(larger, 0);
            Volatile.Write(ref _table, larger);
        }

        Entry?[] chunk = _table[chunkIndex] ??= new Entry?[ChunkSize];
        return ref chunk[page.Value & (ChunkSize - 1)];
    }

    private sealed class Entry(PageNumber page, byte[] bytes)
    {
        public PageNumber Page { get; } = page;

        public byte[] Bytes { get; set; } = bytes;

        public int Position { get; set; }

        public bool IsReferenced { get; set; } = true;
    }
}
