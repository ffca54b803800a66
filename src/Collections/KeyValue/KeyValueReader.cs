using Quire.Collections;

namespace Quire;

/// <summary>
/// A key-value store as one read transaction sees it. Entries are copies, and outlive it.
/// </summary>
/// <remarks>
/// Belongs to one caller at a time, as its transaction does. Every method may throw
/// <see cref="CorruptFileException"/>, and <see cref="ObjectDisposedException"/> once the
/// transaction has ended.
/// </remarks>
public sealed class KeyValueReader
{
    private readonly ReadTransaction _read;
    private readonly KeyValueStoreOptions _options;

    internal KeyValueReader(ReadTransaction read, KeyValueStoreOptions options)
    {
        _read = read;
        _options = options;
    }

    private StoreView View => StoreView.Of(_read, _options.Map, _options.Now);

    /// <summary>The entry of a key; null when there is none.</summary>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    public StoreEntry? Get(StoreKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return View.Get(key);
    }

    /// <summary>The entries of several keys at one time, in the order of the keys.</summary>
    /// <exception cref="ArgumentException">A key is too long.</exception>
    public IReadOnlyList<StoreEntry?> GetMany(IEnumerable<StoreKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        StoreView view = View;
        return [.. keys.Select(view.Get)];
    }

    /// <summary>The entries of a selection.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    /// <exception cref="ArgumentException">The cursor is of another selection.</exception>
    public StorePage List(StoreSelector selector, StoreListOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return View.List(selector, options ?? new StoreListOptions());
    }
}
