using Quire.Locking;

namespace Quire.Pager;

/// <summary>
/// An optimistic transaction until its commit: it reads under a lock that it holds for the one
/// read, and changes images in memory. It holds nothing between its calls.
/// </summary>
/// <remarks>
/// <para>
/// What was read is good up to a transaction number. A read that finds the file at a later number
/// holds everything read before against it first; so at each moment all that the transaction has
/// seen is the file at one number (opacity: also a transaction that is going to fail never sees a
/// mixture), and the commit, which does the same under the journal lock, is as if the whole
/// transaction had run there.
/// </para>
/// <para>
/// Pages are allocated by choosing one: a page freed by the transaction itself, a free one at
/// random, or one a little past the end. Whether it is still free shows at the commit. The
/// allocation map is changed bit by bit then, so that transactions which allocate different pages do
/// not conflict.
/// </para>
/// <para>
/// Source: the extension of a snapshot is that of lazy snapshot algorithms (Riegel, Felber and
/// Fetzer, DISC 2006).
/// </para>
/// </remarks>
internal sealed class OptimisticState(
    EngineFile engine, ReaderProtocol reader, Func<LockDeadline> deadline)
    : ChangingState(engine, new StagedPages(engine))
{
    /// <summary>How many pages there are to choose from at least.</summary>
    private const int Spread = 16;

    private readonly Dictionary<PageNumber, byte[]> _read = [];
    private readonly Dictionary<PageNumber, bool> _asked = [];
    private Dictionary<PageNumber, AllocationChange> _changes = [];
    private HeaderFields _fields;
    private HeaderReads _headerReads;
    private MainState? _main;
    private uint _end;

    public override FileHeader Header
    {
        get
        {
            FileHeader header = Main.Header;
            return header with
            {
                PageCount = Math.Max(header.PageCount, _end),
                Root = _fields.Root ?? header.Root,
                UserVersion = _fields.UserVersion ?? header.UserVersion,
                ApplicationId = _fields.ApplicationId ?? header.ApplicationId,
            };
        }
    }

    public override TransactionNumber BaseNumber => Main.Number;

    public override bool HasChanges =>
        Staged.Count > 0 || _changes.Count > 0 || _fields != default;

    /// <summary>The state that all reads are good for.</summary>
    private MainState Main => _main ?? Locked(static (_, main) => main);

    public override PageNumber ReadRoot()
    {
        PageNumber root = Header.Root;
        _headerReads |= _fields.Root is null ? HeaderReads.Root : 0;
        return root;
    }

    public override uint ReadUserVersion()
    {
        uint version = Header.UserVersion;
        _headerReads |= _fields.UserVersion is null ? HeaderReads.UserVersion : 0;
        return version;
    }

    public override uint ReadApplicationId()
    {
        uint id = Header.ApplicationId;
        _headerReads |= _fields.ApplicationId is null ? HeaderReads.ApplicationId : 0;
        return id;
    }

    public override void SetRoot(PageNumber root)
    {
        if (!root.IsNone)
        {
            PageAccess.ThrowIfNotUsable(Engine, root, Header.PageCount);

            // From now on the transaction depends on the page being in use.
            IsAllocated(root);
        }

        _fields = _fields with { Root = root };
    }

    public override void SetUserVersion(uint version) =>
        _fields = _fields with { UserVersion = version };

    public override void SetApplicationId(uint id) => _fields = _fields with { ApplicationId = id };

    public override byte[] ReadPage(PageNumber page)
    {
        if (Staged.Find(page) is { } staged)
        {
            return staged;
        }

        if (_read.TryGetValue(page, out byte[]? known) && !IsFreedHere(page))
        {
            return known;
        }

        if (_changes.ContainsKey(page))
        {
            throw PageAccess.IsFree(page);
        }

        byte[] image = Locked(page, static (state, main, page) => state.ReadNow(main, page));
        _read.Add(page, image);
        return image;
    }

    public override bool IsAllocated(PageNumber page)
    {
        if (_changes.TryGetValue(page, out AllocationChange change))
        {
            return change.IsInUse;
        }

        if (_read.ContainsKey(page))
        {
            return true;
        }

        if (!_asked.TryGetValue(page, out bool isInUse))
        {
            isInUse = Locked(page, static (state, main, page) => state.IsInUseAt(main, page));
            _asked.Add(page, isInUse);
        }

        return isInUse;
    }

    public override byte[] WritePage(PageNumber page)
    {
        if (Staged.FindForWrite(page) is { } staged)
        {
            return staged;
        }

        byte[] before = ReadPage(page);
        byte[] copy = before.AsSpan().ToArray();
        Staged.Add(page, copy, before);
        return copy;
    }

    public override PageNumber Allocate()
    {
        PageNumber page = FreedHere() ?? Locked(static (state, main) => state.Choose(main));
        _changes[page] = _changes.TryGetValue(page, out AllocationChange change)
            ? change with { IsInUse = true }
            : new AllocationChange(WasInUse: false, IsInUse: true);
        _end = Math.Max(_end, page.Value + 1);
        NewPage(page);
        return page;
    }

    public override void Free(PageNumber page)
    {
        // What a page holds may be the reason why it is freed.
        ReadPage(page);
        ThrowIfRoot(page);
        bool isOwn = _changes.TryGetValue(page, out AllocationChange change) && !change.WasInUse;
        if (isOwn)
        {
            _changes.Remove(page);
        }
        else
        {
            _changes[page] = new AllocationChange(WasInUse: true, IsInUse: false);
        }

        Staged.Remove(page);
    }

    public override uint GiveUpTail() => throw new InvalidOperationException(
        "An optimistic transaction cannot shorten the file; use another mode.");

    public override object Mark()
    {
        Staged.Mark();
        return new Memory(new(_changes), _fields, _end);
    }

    public override void RollBackTo(int index, object memory)
    {
        Staged.RollBackTo(index);
        var before = (Memory)memory;
        _changes = new(before.Changes);
        _fields = before.Fields;
        _end = before.End;
        IsHalfChanged = false;
    }

    /// <summary>What of all that was read is different now.</summary>
    /// <param name="now">
    /// A state that stands still: main shared or the journal lock is held.
    /// </param>
    /// <returns>The page, 0 for the header; null when everything is as it was.</returns>
    public PageNumber? FindConflict(MainState now)
    {
        if (_main is not { } read || read.Number == now.Number)
        {
            return null;
        }

        if (IsHeaderChanged(read.Header, now.Header))
        {
            return PageNumber.None;
        }

        foreach ((PageNumber page, byte[] image) in _read)
        {
            if (!IsInUseAt(now, page) || !IsSameVersion(image, Engine.ReadPage(page, now.Number)))
            {
                return page;
            }
        }

        foreach ((PageNumber page, bool wasInUse) in _asked)
        {
            if (IsInUseAt(now, page) != wasInUse)
            {
                return page;
            }
        }

        foreach ((PageNumber page, AllocationChange change) in _changes)
        {
            if (!change.WasInUse && IsInUseAt(now, page))
            {
                return page;
            }
        }

        return null;
    }

    /// <summary>Becomes the writer, on top of what others have committed meanwhile.</summary>
    /// <param name="session">
    /// The writer's locks; <see cref="FindConflict"/> has found nothing.
    /// </param>
    public WritingState ToWriter(WriteSession session)
    {
        var writer = new WritingState(Engine, Staged);
        writer.Begin(session);
        foreach ((PageNumber page, AllocationChange change) in _changes.OrderBy(c => c.Key))
        {
            if (change.IsInUse && !change.WasInUse)
            {
                writer.Allocator.Take(page);
            }
            else if (change.WasInUse && !change.IsInUse)
            {
                writer.Allocator.GiveBack(page);
            }
        }

        FileHeader header = writer.Current;
        writer.Current = header with
        {
            Root = _fields.Root ?? header.Root,
            UserVersion = _fields.UserVersion ?? header.UserVersion,
            ApplicationId = _fields.ApplicationId ?? header.ApplicationId,
        };
        return writer;
    }

    /// <summary>
    /// One look at main. Everything read before still holds in it, or it is a conflict.
    /// </summary>
    private T Locked<TArgument, T>(
        TArgument argument, Func<OptimisticState, MainState, TArgument, T> look)
    {
        MainState now = reader.Begin(deadline());
        try
        {
            if (FindConflict(now) is { } page)
            {
                throw new ConflictException(
                    Engine.Path, page.Value, _main!.Number.Value, now.Number.Value);
            }

            _main = now;
            return look(this, now, argument);
        }
        finally
        {
            reader.End();
        }
    }

    private T Locked<T>(Func<OptimisticState, MainState, T> look) =>
        Locked(look, static (state, main, look) => look(state, main));

    private byte[] ReadNow(MainState main, PageNumber page)
    {
        PageAccess.ThrowIfNotUsable(Engine, page, Header.PageCount);
        if (!IsInUseAt(main, page))
        {
            _asked[page] = false;
            throw PageAccess.IsFree(page);
        }

        return Engine.ReadPage(page, main.Number);
    }

    private bool IsFreedHere(PageNumber page) =>
        _changes.TryGetValue(page, out AllocationChange change) && !change.IsInUse;

    private PageNumber? FreedHere()
    {
        foreach ((PageNumber page, AllocationChange change) in _changes)
        {
            if (!change.IsInUse)
            {
                return page;
            }
        }

        return null;
    }

    private bool IsInUseAt(MainState main, PageNumber page) =>
        page.Value < main.Header.PageCount
        && PageAccess.IsAllocated(Engine, page, main.Number);

    /// <summary>
    /// A page at random: among the free ones, or among the next past the end when there are too few
    /// for everybody to choose another. Those that it leaves out there become free ones.
    /// </summary>
    private PageNumber Choose(MainState main)
    {
        FileHeader header = main.Header;
        uint span = header.PageCount - Math.Min(header.FreeHint, header.PageCount);
        if (header.FreePages >= Spread && span > 0)
        {
            uint start = header.FreeHint + (uint)Engine.Host.Random.NextInt64(span);
            PageNumber? free = FindFree(main, start, header.PageCount)
                ?? FindFree(main, header.FreeHint, start);
            if (free is { } page)
            {
                return page;
            }
        }

        uint end = Math.Max(header.PageCount, _end);
        if (end >= uint.MaxValue - 1 - Spread)
        {
            throw new InvalidOperationException($"The file is full: it has {end} pages.");
        }

        // Only the first of a transaction leaves room: the others follow it.
        uint room = _end > header.PageCount ? 0 : (uint)Engine.Host.Random.Next(Spread);
        var next = new PageNumber(end + room);
        return Engine.Map.IsMapPage(next) ? new PageNumber(next.Value + 1) : next;
    }

    private PageNumber? FindFree(MainState main, uint from, uint to)
    {
        for (uint next = from; next < to; next++)
        {
            var page = new PageNumber(next);
            bool isMine = _changes.ContainsKey(page);
            if (!isMine && !Engine.Map.IsMapPage(page) && !IsInUseAt(main, page))
            {
                return page;
            }
        }

        return null;
    }

    private bool IsHeaderChanged(FileHeader before, FileHeader now) =>
        (_headerReads.HasFlag(HeaderReads.Root) && before.Root != now.Root)
        || (_headerReads.HasFlag(HeaderReads.UserVersion) && before.UserVersion != now.UserVersion)
        || (_headerReads.HasFlag(HeaderReads.ApplicationId)
            && before.ApplicationId != now.ApplicationId);

    /// <summary>
    /// A page's header names the transaction that wrote it, and a checksum of it all.
    /// </summary>
    private static bool IsSameVersion(byte[] before, byte[] now) => ReferenceEquals(before, now)
        || before.AsSpan(0, PageFormat.HeaderBytes).SequenceEqual(
            now.AsSpan(0, PageFormat.HeaderBytes));

    /// <summary>Whether a page was in use before the transaction, and is after it.</summary>
    private readonly record struct AllocationChange(bool WasInUse, bool IsInUse);

    /// <summary>The fields that the transaction has set.</summary>
    private readonly record struct HeaderFields(
        PageNumber? Root, uint? UserVersion, uint? ApplicationId);

    private sealed record Memory(
        Dictionary<PageNumber, AllocationChange> Changes, HeaderFields Fields, uint End);

    [Flags]
    private enum HeaderReads
    {
        Root = 1,
        UserVersion = 2,
        ApplicationId = 4,
    }
}
