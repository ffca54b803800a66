using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// What the writers, cursors and streams of one map in one write transaction share: how often the
/// map was changed, so that whoever looks at it notices. Nothing that is not also in the pages:
/// going back to a savepoint takes the maps back with it.
/// </summary>
internal sealed class MapState(MapSpace space, PageNumber root, string name)
{
    private long _changes;
    private int _rollbacks = space.Transaction.Rollbacks;
    private bool _isDropped;
    private bool _isLoading;

    public string Name { get; } = name;

    public PageNumber Root { get; } = root;

    /// <summary>Grows with every change, and with every return to a savepoint.</summary>
    public long Version => _changes + space.Transaction.Rollbacks;

    /// <summary>Whether it is no map of the file any more, or was never made after all.</summary>
    public bool IsGone
    {
        get
        {
            if (_rollbacks != space.Transaction.Rollbacks)
            {
                LookAgain();
            }

            return _isDropped;
        }
    }

    /// <summary>How many bytes of a page are the map's.</summary>
    public int PayloadBytes => PageFormat.PayloadBytes(space.Transaction.Engine.PageSize);

    /// <summary>Changes the map, once.</summary>
    public TreeWriter TakeTree() => TreeWriter.Take(space.Transaction, Root);

    /// <exception cref="InvalidOperationException">The map cannot be used, now or any
    /// more.</exception>
    /// <exception cref="ObjectDisposedException">The transaction has ended.</exception>
    public void ThrowIfUnusable()
    {
        space.ThrowIfBroken();
        if (IsGone)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" was dropped, or its making was undone.");
        }

        if (_isLoading)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" is being loaded; complete or dispose the loader first.");
        }
    }

    /// <exception cref="InvalidOperationException">The map was changed meanwhile.</exception>
    public void ThrowIfChanged(long version, string what)
    {
        ThrowIfUnusable();
        if (version != Version)
        {
            throw new InvalidOperationException(
                $"The map \"{Name}\" was changed after the {what} was placed.");
        }
    }

    /// <summary>A change begins.</summary>
    public MapChange BeginChange() => space.BeginChange(this);

    public void Changed() => _changes++;

    public void Drop() => _isDropped = true;

    /// <summary>A loader begins, and nobody else may use the map.</summary>
    public void BeginLoading() => _isLoading = true;

    public void EndLoading() => _isLoading = false;

    /// <summary>
    /// After a return to a savepoint the map may not exist yet, or exist again, and nobody loads
    /// it.
    /// </summary>
    private void LookAgain()
    {
        _isLoading = false;
        _isDropped = !MapCatalog.TryFind(
            new PageSource(space.Transaction), Name, out CatalogEntry entry) || entry.Root != Root;
        _rollbacks = space.Transaction.Rollbacks;
    }
}

/// <summary>The maps that one write transaction has open.</summary>
/// <remarks>
/// A change that fails half-way (no space while staging, a damaged page) leaves a tree that must
/// not be committed: the transaction can then only be rolled back, altogether or to a savepoint.
/// </remarks>
internal sealed class MapSpace(WriteTransaction transaction)
{
    private MapState? _first;
    private Dictionary<PageNumber, MapState>? _others;
    private Dictionary<string, int>? _stampsTaken;
    private int? _brokenAt;
    private bool _hasWritten;

    public WriteTransaction Transaction { get; } = transaction;

    /// <summary>
    /// How many operations of each key-value store have taken a stamp in this transaction: the order
    /// of the next one in it. Going back to a savepoint leaves gaps.
    /// </summary>
    public Dictionary<string, int> StampsTaken => _stampsTaken ??= [];

    public static MapSpace Of(WriteTransaction write)
    {
        if (write.Companion is not MapSpace space)
        {
            space = new MapSpace(write);
            write.Companion = space;
        }

        return space;
    }

    public MapState StateOf(PageNumber root, string name)
    {
        MapState? state = _first?.Root == root ? _first : _others?.GetValueOrDefault(root);
        if (state is null || state.Name != name || state.IsGone)
        {
            state = new MapState(this, root, name);
            Keep(state);
        }

        return state;
    }

    /// <summary>A change of one map begins, or of the catalog alone when none is given.</summary>
    /// <remarks>
    /// A deferred transaction becomes the writer with its first change, which may have to wait and
    /// then fail for a reason that passes: that must not come in the middle of a change.
    /// </remarks>
    public MapChange BeginChange(MapState? map)
    {
        if (!_hasWritten && map is not null && Transaction.Mode == TransactionMode.Deferred)
        {
            Transaction.Write(map.Root);
        }

        _hasWritten = true;
        return new MapChange(this, map);
    }

    public void Break()
    {
        _brokenAt = Transaction.Rollbacks;
        Transaction.MustRollBack();
    }

    /// <exception cref="InvalidOperationException">An earlier change failed half-way.</exception>
    /// <exception cref="ObjectDisposedException">The transaction has ended.</exception>
    public void ThrowIfBroken()
    {
        if (_brokenAt == Transaction.Rollbacks)
        {
            ObjectDisposedException.ThrowIf(Transaction.IsEnded, Transaction);
            throw new InvalidOperationException(
                "An earlier change of a map failed half-way; the transaction can only be rolled " +
                "back.");
        }
    }

    /// <summary>Most transactions have one map.</summary>
    private void Keep(MapState state)
    {
        if (_first is null || _first.Root == state.Root)
        {
            _first = state;
        }
        else
        {
            _others ??= [];
            _others[state.Root] = state;
        }
    }
}

/// <summary>
/// A change of several pages that belong together. When it is left without
/// <see cref="Complete"/>, nothing of the transaction may be committed any more.
/// </summary>
internal ref struct MapChange(MapSpace space, MapState? map)
{
    private bool _isComplete;

    /// <summary>The pages fit together again.</summary>
    public void Complete(bool isChanged = true)
    {
        _isComplete = true;
        if (isChanged)
        {
            map?.Changed();
        }
    }

    public readonly void Dispose()
    {
        if (!_isComplete)
        {
            space.Break();
        }
    }
}
