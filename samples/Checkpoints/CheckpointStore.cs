namespace Quire.Samples.Checkpoints;

/// <summary>
/// The checkpoints of an agent's or a workflow's threads: the state that a thread had after each
/// step, newest first, any of which can be loaded again or be the beginning of another thread.
/// </summary>
/// <remarks>
/// State and index entry are one transaction, so there is never the one without the other. Any
/// number of processes save to one thread at once and lose nothing of each other; a save that is in
/// doubt is done again without harm. A checkpoint is never changed once it is saved.
/// </remarks>
public sealed class CheckpointStore(PageFile file)
{
    private static readonly OrderedMap<(string Thread, string Id), byte[]> States = new(
        "checkpoints/states", MapKeys.Tuple(MapKeys.String, MapKeys.String), MapValues.Bytes);

    private readonly IndexLists _index = new(file, "checkpoints");

    /// <summary>Saves a checkpoint as the newest of its thread.</summary>
    /// <returns>
    /// Whether it is new; saving the same state under the same id again changes nothing.
    /// </returns>
    /// <exception cref="InvalidOperationException">The id has another state already.</exception>
    public bool Save(string thread, string id, byte[] state) =>
        file.Update(write => Save(write, thread, id, state));

    /// <summary>
    /// As <see cref="Save(string, string, byte[])"/>, without a thread that waits.
    /// </summary>
    public ValueTask<bool> SaveAsync(
        string thread, string id, byte[] state, CancellationToken cancellation = default) =>
        file.UpdateAsync(
            (write, _) => ValueTask.FromResult(Save(write, thread, id, state)),
            cancellation: cancellation);

    /// <summary>The state of a checkpoint, however old; null when there is none.</summary>
    public byte[]? Load(string thread, string id)
    {
        using ReadTransaction read = file.BeginRead();
        return States.In(read).TryGet((thread, id), out byte[] state) ? state : null;
    }

    /// <summary>The newest checkpoint of a thread and its state, from one moment.</summary>
    public (string Id, byte[] State)? Latest(string thread)
    {
        using ReadTransaction read = file.BeginRead();
        if (_index.In(read).Newest(thread) is not { } newest)
        {
            return null;
        }

        return States.In(read).TryGet((thread, newest.Id), out byte[] state)
            ? (newest.Id, state)
            : throw NoState(thread, newest.Id);
    }

    /// <summary>The checkpoints of a thread, newest first, a page at a time.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="limit">How many at most; null for all.</param>
    /// <param name="after">The position of the last one of the page before.</param>
    public IReadOnlyList<IndexEntry> List(string thread, int? limit = null, long? after = null) =>
        _index.List(thread, limit, after);

    /// <summary>How many checkpoints a thread has.</summary>
    public long Count(string thread) => _index.Count(thread);

    /// <summary>The threads in the order of their names.</summary>
    public IReadOnlyList<IndexListInfo> Threads(string prefix = "") => _index.Lists(prefix);

    /// <summary>
    /// Goes back in time: begins a thread that has the checkpoints of another one up to a certain
    /// one, and goes on from there. The other thread stays as it is.
    /// </summary>
    /// <returns>How many checkpoints the new thread has.</returns>
    /// <exception cref="InvalidOperationException">
    /// There is no such checkpoint, or the new thread exists already.
    /// </exception>
    public int Fork(string thread, string id, string newThread) => file.Update(write =>
    {
        IndexListWriter index = _index.In(write);
        long from = index.PositionOf(thread, id) ?? throw new InvalidOperationException(
            $"Thread \"{thread}\" has no checkpoint \"{id}\".");
        if (index.Count(newThread) > 0)
        {
            throw new InvalidOperationException($"There is a thread \"{newThread}\" already.");
        }

        IReadOnlyList<IndexEntry> history = index.List(thread, after: from + 1);
        foreach (IndexEntry checkpoint in history.Reverse())
        {
            Save(write, newThread, checkpoint.Id, StateIn(write, thread, checkpoint.Id));
        }

        return history.Count;
    });

    /// <summary>Removes all but the newest checkpoints of a thread.</summary>
    /// <returns>How many were removed.</returns>
    public int Prune(string thread, int keep)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        return file.Update(write =>
        {
            IndexListWriter index = _index.In(write);
            IndexEntry[] old = [.. index.List(thread).Skip(keep)];
            foreach (IndexEntry checkpoint in old)
            {
                index.Remove(thread, checkpoint.Id);
                States.In(write).Delete((thread, checkpoint.Id));
            }

            return old.Length;
        });
    }

    private bool Save(WriteTransaction write, string thread, string id, byte[] state)
    {
        if (_index.In(write).Add(thread, id))
        {
            States.In(write).Put((thread, id), state);
            return true;
        }

        return StateIn(write, thread, id).AsSpan().SequenceEqual(state)
            ? false
            : throw new InvalidOperationException(
                $"Checkpoint \"{id}\" of thread \"{thread}\" has another state already.");
    }

    private static byte[] StateIn(WriteTransaction write, string thread, string id) =>
        States.In(write).TryGet((thread, id), out byte[] state)
            ? state
            : throw NoState(thread, id);

    private static InvalidDataException NoState(string thread, string id) =>
        new($"Checkpoint \"{id}\" of thread \"{thread}\" has no state.");
}
