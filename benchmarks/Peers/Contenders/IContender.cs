namespace Quire.Peers.Contenders;

/// <summary>Who takes part, and what its acknowledged commits are worth.</summary>
internal enum ContenderKind
{
    /// <summary>The least that the disk allows: an overwrite and a sync, nothing else.</summary>
    Floor,

    /// <summary>Quire, in one of its commit protocols.</summary>
    Quire,

    /// <summary>Another engine that syncs every commit before it acknowledges it.</summary>
    DurablePeer,

    /// <summary>
    /// Another engine that loses acknowledged commits in a power cut by its own documentation:
    /// shown, and never the peer that others are measured against.
    /// </summary>
    PeerWithoutDurability,
}

/// <summary>What an acknowledged commit withstands.</summary>
internal enum Durability
{
    /// <summary>A killed process, and a power cut.</summary>
    PowerCut,

    /// <summary>
    /// A killed process, and a power cut of which the file system does not take back the removal of
    /// a file that nobody synced.
    /// </summary>
    PowerCutMostly,

    /// <summary>A killed process only.</summary>
    Kill,
}

/// <summary>
/// An engine with fixed settings. The commit protocol or the journal mode is part of it: one more
/// of them is one more entry in <see cref="ContenderList"/>.
/// </summary>
internal interface IContender
{
    /// <summary>What the tables and --only call it.</summary>
    string Name { get; }

    ContenderKind Kind { get; }

    Durability Durability { get; }

    /// <summary>Which file of its folder holds the records.</summary>
    string MainFile { get; }

    /// <summary>Why it cannot run here, with what would help; null when it can.</summary>
    /// <param name="folder">Where it may try.</param>
    string? WhyMissing(string folder);

    /// <summary>Opens its store in a folder of its own; creates it when there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cacheBytes">How much it may keep in a cache, if it has one.</param>
    IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes);
}

/// <summary>
/// An open store of records with 16-byte keys and 100-byte values (<see cref="RecordBytes"/>), for
/// one thread. Every call that changes it is one transaction, as durable as its contender says.
/// </summary>
internal interface IStore : IDisposable
{
    /// <summary>Fills the empty store with records 0 to count - 1, in order.</summary>
    void Load(int count);

    /// <summary>Puts records in, replacing those that are there.</summary>
    /// <param name="records">Their numbers.</param>
    /// <param name="version">What makes the new values differ from the old ones.</param>
    void Commit(ReadOnlySpan<int> records, long version);

    /// <summary>Puts records in as <see cref="Commit"/> does, a batch after the other.</summary>
    /// <param name="batches">The numbers of the records; one transaction for all.</param>
    /// <param name="version">What makes the new values differ from the old ones.</param>
    /// <param name="staged">
    /// Called when so many batches are in; with the number of all, the commit is next.
    /// </param>
    void CommitStaged(IReadOnlyList<int[]> batches, long version, Action<int> staged);

    /// <summary>
    /// Finds the versions of records that follow each other, in one read transaction; -1 for what
    /// is not there.
    /// </summary>
    void ReadVersions(int first, Span<long> versions);

    /// <summary>Finds records, each in a read transaction of its own.</summary>
    /// <returns><see cref="RecordBytes.Touch(ReadOnlySpan{byte})"/> of all their values.</returns>
    long LookUpEach(ReadOnlySpan<int> records);

    /// <summary>Finds records in one read transaction.</summary>
    /// <returns><see cref="RecordBytes.Touch(ReadOnlySpan{byte})"/> of all their values.</returns>
    long LookUpTogether(ReadOnlySpan<int> records);

    /// <summary>Goes through all records in order.</summary>
    /// <returns>How many there were.</returns>
    int Scan();

    /// <summary>Counts the store's one counter up.</summary>
    /// <returns>Its new value, which no other caller gets.</returns>
    long Increment();

    /// <summary>The same store for one more thread of this process.</summary>
    IStore Share();
}
