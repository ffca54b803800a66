namespace Quire.CrashLab;

/// <summary>
/// The files of a simulated computer twice over: as the operating system shows them (cached), and
/// as the disk is certain to hold them (durable), with everything in between that a power cut may
/// or may not leave behind.
/// </summary>
/// <remarks>
/// Changed by <see cref="Apply"/> alone, so that a recorded list of mutations rebuilds every state
/// that the computer went through without running the workload again.
/// </remarks>
internal sealed class DiskState
{
    private readonly List<SimulatedInode> _inodes = [];
    private readonly Dictionary<string, int> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _durableEntries = new(StringComparer.Ordinal);
    private readonly List<EntryChange> _pendingEntries = [];
    private readonly DiskTracking _tracking;
    private StateHash _entryHistory = new();

    public DiskState(DiskTracking tracking = DiskTracking.DurabilityAndHistory) =>
        _tracking = tracking;

    public IReadOnlyList<SimulatedInode> Inodes => _inodes;

    /// <summary>Directory entries as the operating system shows them: path to inode.</summary>
    public IReadOnlyDictionary<string, int> Entries => _entries;

    /// <summary>Directory entries that the disk is certain to hold.</summary>
    public IReadOnlyDictionary<string, int> DurableEntries => _durableEntries;

    /// <summary>Changes of entries whose directory has not been synced since, in order.</summary>
    public IReadOnlyList<EntryChange> PendingEntries => _pendingEntries;

    /// <summary>The mutation that synced a file or directory last; -1 when none did.</summary>
    public int LastSync { get; private set; } = -1;

    /// <summary>The inode that a path names now, or null.</summary>
    public SimulatedInode? Find(string path) =>
        _entries.TryGetValue(path, out int inode) ? _inodes[inode] : null;

    /// <summary>What people call a file: its path, or what it is when it has none.</summary>
    public string NameOf(SimulatedInode inode) =>
        _entries.FirstOrDefault(entry => entry.Value == inode.Number).Key
        ?? _durableEntries.FirstOrDefault(entry => entry.Value == inode.Number).Key
        ?? $"deleted file {inode.Number}";

    /// <summary>Performs one change of the file system.</summary>
    public void Apply(Mutation mutation)
    {
        switch (mutation.Kind)
        {
            case MutationKind.Create:
                _inodes.Add(new SimulatedInode(_inodes.Count, new(), _tracking));
                Change(new EntryChange(mutation.Path, _inodes.Count - 1, mutation.Number));
                break;
            case MutationKind.Write:
                _inodes[mutation.Inode].Write(mutation.Number, mutation.Offset, mutation.Bytes);
                break;
            case MutationKind.SetLength:
                _inodes[mutation.Inode].SetLength(mutation.Number, mutation.Offset);
                break;
            case MutationKind.Sync:
                LastSync = mutation.Number;
                _inodes[mutation.Inode].Sync(mutation.Number);
                if (_pendingEntries.Count > 0)
                {
                    // Under some models it makes these certain.
                    _entryHistory.Add(-2L - mutation.Inode);
                }

                break;
            case MutationKind.FailSync:
                _inodes[mutation.Inode].FailSync(mutation.Number, mutation.SyncFailure);
                break;
            case MutationKind.SyncDirectory:
                LastSync = mutation.Number;
                SyncDirectory(mutation.Path);
                break;
            case MutationKind.Delete:
                Change(new EntryChange(mutation.Path, null, mutation.Number));
                break;
            case MutationKind.Rename:
                int moved = _entries[mutation.Path];
                Change(new EntryChange(mutation.NewPath, moved, mutation.Number));
                Change(new EntryChange(mutation.Path, null, mutation.Number));
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(mutation), mutation.Kind, "Not a mutation.");
        }
    }

    /// <summary>Tells states apart by all that was done, in the order for each file.</summary>
    public void AddTo(ref StateHash hash)
    {
        hash.Add(_entryHistory.Value);
        foreach (SimulatedInode inode in _inodes)
        {
            hash.Add(inode.History.Value);
        }
    }

    /// <summary>What programs see, as if all of it were durable.</summary>
    public DiskImage CachedImage() => new(
        [.. _inodes.Select(inode => inode.Cached.Clone())],
        new Dictionary<string, int>(_entries, StringComparer.Ordinal));

    /// <summary>The directory part of a path.</summary>
    public static string DirectoryOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    /// <summary>
    /// A disk on which everything is durable: what a machine finds after a power cut.
    /// </summary>
    public static DiskState FromImage(
        DiskImage image, DiskTracking tracking = DiskTracking.Durability)
    {
        var disk = new DiskState(tracking);
        foreach (SectorContent content in image.Contents)
        {
            disk._inodes.Add(new SimulatedInode(disk._inodes.Count, content.Clone(), tracking));
        }

        foreach ((string path, int inode) in image.Entries)
        {
            disk._entries.Add(path, inode);
            disk._durableEntries.Add(path, inode);
        }

        return disk;
    }

    private void Change(EntryChange change)
    {
        if (_tracking != DiskTracking.Nothing)
        {
            _pendingEntries.Add(change);
            _entryHistory.Add(change.Path);
            _entryHistory.Add(change.Inode ?? -1L);
            if (change.Inode is { } inode)
            {
                // Under some models a rename brings what was written to the file before it.
                _entryHistory.Add(_inodes[inode].History.Value);
            }
        }

        change.ApplyTo(_entries);
    }

    private void SyncDirectory(string directory)
    {
        _entryHistory.Add(directory);
        foreach (EntryChange change in _pendingEntries)
        {
            if (DirectoryOf(change.Path) == directory)
            {
                change.ApplyTo(_durableEntries);
            }
        }

        _pendingEntries.RemoveAll(change => DirectoryOf(change.Path) == directory);
    }
}

/// <summary>A directory entry that came to name an inode, or (null) went away.</summary>
internal readonly record struct EntryChange(string Path, int? Inode, int Number)
{
    public void ApplyTo(Dictionary<string, int> entries)
    {
        if (Inode is { } inode)
        {
            entries[Path] = inode;
        }
        else
        {
            entries.Remove(Path);
        }
    }
}

/// <summary>One possible content of a disk: files by inode, and which paths name them.</summary>
internal sealed record DiskImage(SectorContent[] Contents, Dictionary<string, int> Entries)
{
    /// <summary>
    /// Tells states apart that are to be checked separately: the bytes that can be read, and what
    /// was promised.
    /// </summary>
    public UInt128 Key(Promises promises, int crashesLeft)
    {
        // The entries have no order, so what they add up to must not have one either.
        UInt128 files = UInt128.Zero;
        foreach ((string path, int inode) in Entries)
        {
            var file = new StateHash();
            file.Add(path);
            Contents[inode].AddTo(ref file);
            files = unchecked(files + file.Value);
        }

        var hash = new StateHash();
        hash.Add(crashesLeft);
        hash.Add(promises.Hash);
        hash.Add(files);
        return hash.Value;
    }

    /// <summary>
    /// Zeroes what lies past the ends of the files, which no file system ever shows.
    /// </summary>
    public DiskImage ClearPastEnds()
    {
        foreach (SectorContent content in Contents)
        {
            content.ClearPastLength();
        }

        return this;
    }
}
