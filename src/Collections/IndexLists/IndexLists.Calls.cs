namespace Quire;

/// <content>One call each: every change a transaction of its own.</content>
public sealed partial class IndexLists
{
    /// <inheritdoc cref="IndexListReader.Count"/>
    public long Count(string list, CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).Count(list);
    }

    /// <inheritdoc cref="IndexListReader.Contains"/>
    public bool Contains(string list, string id, CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).Contains(list, id);
    }

    /// <inheritdoc cref="IndexListReader.Newest"/>
    public IndexEntry? Newest(string list, CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).Newest(list);
    }

    /// <inheritdoc cref="IndexListReader.List"/>
    public IReadOnlyList<IndexEntry> List(
        string list,
        int? limit = null,
        long? after = null,
        CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).List(list, limit, after);
    }

    /// <inheritdoc cref="IndexListReader.List"/>
    public async ValueTask<IReadOnlyList<IndexEntry>> ListAsync(
        string list,
        int? limit = null,
        long? after = null,
        CancellationToken cancellation = default)
    {
        using ReadTransaction read =
            await File.BeginReadAsync(cancellation: cancellation).ConfigureAwait(false);
        return In(read).List(list, limit, after);
    }

    /// <inheritdoc cref="IndexListReader.Lists"/>
    public IReadOnlyList<IndexListInfo> Lists(
        string prefix = "",
        string? after = null,
        int? limit = null,
        CancellationToken cancellation = default)
    {
        using ReadTransaction read = File.BeginRead(cancellation: cancellation);
        return In(read).Lists(prefix, after, limit);
    }

    /// <inheritdoc cref="IndexListWriter.Add"/>
    public bool Add(string list, string id, CancellationToken cancellation = default) =>
        File.Update(write => In(write).Add(list, id), cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.Add"/>
    public ValueTask<bool> AddAsync(
        string list, string id, CancellationToken cancellation = default) =>
        File.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).Add(list, id)),
            cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.MoveToFront"/>
    public bool MoveToFront(string list, string id, CancellationToken cancellation = default) =>
        File.Update(write => In(write).MoveToFront(list, id), cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.MoveToFront"/>
    public ValueTask<bool> MoveToFrontAsync(
        string list, string id, CancellationToken cancellation = default) =>
        File.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).MoveToFront(list, id)),
            cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.Remove"/>
    public bool Remove(string list, string id, CancellationToken cancellation = default) =>
        File.Update(write => In(write).Remove(list, id), cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.Remove"/>
    public ValueTask<bool> RemoveAsync(
        string list, string id, CancellationToken cancellation = default) =>
        File.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).Remove(list, id)),
            cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.Drop"/>
    public long Drop(string list, CancellationToken cancellation = default) =>
        File.Update(write => In(write).Drop(list), cancellation: cancellation);

    /// <inheritdoc cref="IndexListWriter.Drop"/>
    public ValueTask<long> DropAsync(string list, CancellationToken cancellation = default) =>
        File.UpdateAsync(
            (write, _) => ValueTask.FromResult(In(write).Drop(list)),
            cancellation: cancellation);
}
