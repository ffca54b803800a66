using System.Runtime.CompilerServices;

namespace Quire.Collections;

/// <summary>
/// What the writers, cursors and streams of one map in one write transaction share: how often the map
/// was changed, so that whoever looks at it notices. Nothing that is not also in the pages: rolling
/// pages back rolls maps back.
/// </summary>
internal sealed class MapState(MapSpace space, PageNumber root, string name)
{
    private TreeWriter? _tree;

    public string Name { get; } = name;

    public PageNumber Root { get; } = root;

    public bool IsDropped { get; private set; }

    /// <summary>Whether a loader is at work, and nobody else may use the map.</summary>
    public bool IsLoading { get; set; }

    /// <summary>Changes the map; made when it is first needed.</summary>
    public TreeWriter Tree => _tree ??= new TreeWriter(space.Transaction, Root);

    /// <summary>Grows with every change.</summary>
    public long Version { get; private set; }

    /// <exception cref="InvalidOperationException">The map cannot be used any more.</exception>
    public void ThrowIfUnusable()
    {
        space.ThrowIfBroken();
        if (IsDropped)
        {
            throw new InvalidOperationException($"The map \"{Name}\" was dropped.");
        }

        if (IsLoading)
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

    /// <summary>A change begins. Until <see cref="EndChange"/> the map's pages may not fit together.</summary>
    public void BeginChange() => space.IsChanging = true;

    public void EndChange(bool isChanged)
    {
        space.IsChanging = false;
        Version += isChanged ? 1 : 0;
    }

    public void Drop()
    {
        Version++;
        IsDropped = true;
    }
}

/// <summary>The maps that one write transaction has open.</summary>
/// <remarks>
/// A change that fails half-way (no space while staging, a damaged page) leaves a tree that must not be
/// committed. <see cref="IsChanging"/> stays set then, and every later call on a map says so.
/// </remarks>
internal sealed class MapSpace(WriteTransaction transaction)
{
    private static readonly ConditionalWeakTable<WriteTransaction, MapSpace> Spaces = [];

    private readonly Dictionary<PageNumber, MapState> _maps = [];

    public WriteTransaction Transaction { get; } = transaction;

    public bool IsChanging { get; set; }

    public static MapSpace Of(WriteTransaction write) =>
        Spaces.GetValue(write, static transaction => new MapSpace(transaction));

    public MapState StateOf(PageNumber root, string name)
    {
        if (!_maps.TryGetValue(root, out MapState? state) || state.IsDropped)
        {
            state = new MapState(this, root, name);
            _maps[root] = state;
        }

        return state;
    }

    /// <exception cref="InvalidOperationException">An earlier change failed half-way.</exception>
    public void ThrowIfBroken()
    {
        if (IsChanging)
        {
            throw new InvalidOperationException(
                "An earlier change of a map failed half-way; dispose the transaction without a commit.");
        }
    }
}
