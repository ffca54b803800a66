using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// The byte-range locks of a simulated computer, by one of the three sets of rules.
/// </summary>
/// <remarks>
/// On Unix an owner's locks are a set of bytes: to lock or unlock some of them changes those bytes
/// and no others, so a lock in the middle of a larger one splits it, and neighbours of one mode
/// become one. On Windows each call adds a lock of its own, and an unlock names one of them
/// exactly.
/// </remarks>
internal sealed class LockTable(LockRules rules)
{
    private readonly List<HeldLock> _held = [];

    public IReadOnlyList<HeldLock> Held => _held;

    public LockRules Rules => rules;

    /// <summary>Locks, or changes nothing: a refused conversion keeps what is held.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The range is empty, negative or overflows.
    /// </exception>
    public bool TryAcquire(SimulatedFile owner, LockRange range, LockMode mode)
    {
        Check(range);
        if (Conflict(owner, range, mode) is not null)
        {
            return false;
        }

        if (rules == LockRules.Windows)
        {
            bool stacksOnOwnShared = mode == LockMode.Exclusive
                && _held.Exists(held => held.Owner == owner && Overlap(held.Range, range));
            if (!stacksOnOwnShared)
            {
                _held.Add(new HeldLock(owner, range, mode));
            }

            return !stacksOnOwnShared;
        }

        Cut(owner, range);
        Join(new HeldLock(owner, range, mode));
        return true;
    }

    /// <summary>Unlocks; bytes that are not held are left alone.</summary>
    public void Release(SimulatedFile owner, LockRange range)
    {
        Check(range);
        if (rules != LockRules.Windows)
        {
            Cut(owner, range);
            return;
        }

        // The first unlock of a range that is locked both ways drops the exclusive lock.
        int found = _held.FindIndex(held => held.Owner == owner && held.Range == range
            && held.Mode == LockMode.Exclusive);
        found = found >= 0
            ? found
            : _held.FindIndex(held => held.Owner == owner && held.Range == range);
        if (found >= 0)
        {
            _held.RemoveAt(found);
        }
    }

    /// <summary>An open file is closed, or one of a process that ends.</summary>
    public void Close(SimulatedFile file) => _held.RemoveAll(held => IsOwn(held, file));

    /// <summary>How an open file holds exactly a range; null when it does not.</summary>
    public LockMode? ModeOf(SimulatedFile owner, LockRange range)
    {
        LockMode? mode = null;
        foreach (HeldLock held in _held)
        {
            if (held.Owner == owner && held.Range == range)
            {
                mode = mode == LockMode.Exclusive ? mode : held.Mode;
            }
        }

        return mode;
    }

    /// <summary>A lock of another owner that refuses the request; null when none does.</summary>
    public HeldLock? Conflict(SimulatedFile owner, LockRange range, LockMode mode)
    {
        foreach (HeldLock held in _held)
        {
            if (held.Owner.Inode == owner.Inode
                && (mode == LockMode.Exclusive || held.Mode == LockMode.Exclusive)
                && Overlap(held.Range, range)
                && !IsOwn(held, owner))
            {
                return held;
            }
        }

        return null;
    }

    /// <summary>
    /// A lock that refuses a read or a write of bytes; null when none does. Only Windows has such:
    /// a shared lock refuses writes even of its own holder.
    /// </summary>
    public HeldLock? Obstacle(SimulatedFile file, LockRange bytes, bool writes)
    {
        if (rules != LockRules.Windows || bytes.Length == 0)
        {
            return null;
        }

        foreach (HeldLock held in _held)
        {
            bool refuses = held.Mode == LockMode.Exclusive ? held.Owner != file : writes;
            if (refuses && held.Owner.Inode == file.Inode && Overlap(held.Range, bytes))
            {
                return held;
            }
        }

        return null;
    }

    public static bool Overlap(LockRange left, LockRange right) =>
        LastByte(left) >= right.Offset && LastByte(right) >= left.Offset;

    private static long LastByte(LockRange range) => range.Offset + (range.Length - 1);

    private static LockRange Between(long first, long last) => new(first, last - first + 1);

    private static void Check(LockRange range)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Length, 1, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            range.Length - 1, long.MaxValue - range.Offset, nameof(range));
    }

    private bool IsOwn(HeldLock held, SimulatedFile file) => held.Owner == file
        || (rules == LockRules.Process
            && held.Owner.Process == file.Process
            && held.Owner.Inode == file.Inode);

    /// <summary>
    /// Takes bytes out of what an owner holds; what is left on either side stays.
    /// </summary>
    private void Cut(SimulatedFile owner, LockRange range)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            HeldLock held = _held[i];
            if (!IsOwn(held, owner) || !Overlap(held.Range, range))
            {
                continue;
            }

            _held.RemoveAt(i);
            if (held.Range.Offset < range.Offset)
            {
                _held.Add(held with { Range = Between(held.Range.Offset, range.Offset - 1) });
            }

            if (LastByte(held.Range) > LastByte(range))
            {
                _held.Add(held with
                {
                    Range = Between(LastByte(range) + 1, LastByte(held.Range)),
                });
            }
        }
    }

    /// <summary>
    /// Adds a lock whose bytes are free of the owner's others, as one with its neighbours.
    /// </summary>
    private void Join(HeldLock added)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            HeldLock held = _held[i];
            if (held.Mode != added.Mode || !IsOwn(held, added.Owner))
            {
                continue;
            }

            if (LastByte(held.Range) + 1 == added.Range.Offset)
            {
                _held.RemoveAt(i);
                added = added with { Range = Between(held.Range.Offset, LastByte(added.Range)) };
            }
            else if (LastByte(added.Range) + 1 == held.Range.Offset)
            {
                _held.RemoveAt(i);
                added = added with { Range = Between(added.Range.Offset, LastByte(held.Range)) };
            }
        }

        _held.Add(added);
    }
}

/// <summary>A lock that an open file holds.</summary>
internal sealed record HeldLock(SimulatedFile Owner, LockRange Range, LockMode Mode);
