namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// What the store promises, in a few lines of memory: the oracle of the property test and of the
/// crash lab.
/// </summary>
internal sealed class StoreModel
{
    private readonly SortedDictionary<StoreKey, ModelEntry> _entries = [];

    /// <summary>Entries as reads see them at a time.</summary>
    public IEnumerable<KeyValuePair<StoreKey, ModelEntry>> At(DateTimeOffset now) =>
        _entries.Where(pair => pair.Value.IsVisibleAt(now));

    public ModelEntry? Find(StoreKey key, DateTimeOffset now) =>
        _entries.TryGetValue(key, out ModelEntry? entry) && entry.IsVisibleAt(now) ? entry : null;

    /// <summary>Makes the changes of an operation.</summary>
    /// <returns>The new values of numbers; null when one met another value, and nothing was
    /// changed.</returns>
    public ulong?[]? Apply(
        IReadOnlyList<ModelChange> changes, DateTimeOffset now, Versionstamp stamp)
    {
        var before = new Dictionary<StoreKey, ModelEntry>(_entries);
        var results = new ulong?[changes.Count];
        for (int i = 0; i < changes.Count; i++)
        {
            ModelChange change = changes[i];
            ModelEntry? old = Find(change.Key, now);
            if (change.Kind is 's' or 'd')
            {
                _entries.Remove(change.Key);
                if (change.Kind == 's')
                {
                    _entries[change.Key] = new ModelEntry(
                        change.Value, stamp, now + change.ExpireIn);
                }

                continue;
            }

            if (old is not null && old.Value.Kind != StoreValueKind.UInt64)
            {
                _entries.Clear();
                foreach ((StoreKey key, ModelEntry entry) in before)
                {
                    _entries[key] = entry;
                }

                return null;
            }

            ulong operand = change.Value.AsUInt64();
            ulong number = old?.Value.AsUInt64() is not { } stored ? operand
                : change.Kind == '+' ? unchecked(stored + operand)
                : change.Kind == '<' ? Math.Min(stored, operand)
                : Math.Max(stored, operand);
            _entries[change.Key] = new ModelEntry(StoreValue.FromUInt64(number), stamp, null);
            results[i] = number;
        }

        return results;
    }

    /// <summary>Whether a list is all that there is.</summary>
    /// <returns>Null, or what differs.</returns>
    public string? Compare(IEnumerable<StoreEntry> found, DateTimeOffset now)
    {
        StoreEntry[] actual = [.. found];
        StoreEntry[] expected =
        [
            .. At(now).Select(pair => new StoreEntry(
                pair.Key, pair.Value.Value, pair.Value.Versionstamp)
            {
                ExpiresAt = pair.Value.Due,
            }),
        ];
        int same = 0;
        while (same < Math.Min(actual.Length, expected.Length) && actual[same] == expected[same])
        {
            same++;
        }

        return same == actual.Length && same == expected.Length
            ? null
            : $"entry {same} of {actual.Length} is {actual.ElementAtOrDefault(same)}, expected " +
                $"{expected.ElementAtOrDefault(same)} of {expected.Length}";
    }
}

internal sealed record ModelEntry(StoreValue Value, Versionstamp Versionstamp, DateTimeOffset? Due)
{
    public bool IsVisibleAt(DateTimeOffset now) => Due is not { } due || due > now;
}

/// <summary>One change: (s)et, (d)elete, +, &lt; or &gt;.</summary>
internal sealed record ModelChange(
    char Kind, StoreKey Key, StoreValue Value = default, TimeSpan? ExpireIn = null)
{
    public void AddTo(AtomicOperation operation)
    {
        switch (Kind)
        {
            case 's':
                operation.Set(Key, Value, ExpireIn);
                break;
            case 'd':
                operation.Delete(Key);
                break;
            case '+':
                operation.Sum(Key, Value.AsUInt64());
                break;
            case '<':
                operation.Min(Key, Value.AsUInt64());
                break;
            default:
                operation.Max(Key, Value.AsUInt64());
                break;
        }
    }
}
