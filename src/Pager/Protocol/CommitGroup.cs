using Quire.Locking;

namespace Quire.Pager;

/// <summary>
/// Transactions of one process that are committed together: one record in the journal, one sync, one
/// marker, one number each.
/// </summary>
/// <param name="staged">The pages of the first one; the group's from now on.</param>
/// <param name="header">The header after it.</param>
/// <param name="number">Its number.</param>
/// <param name="patience">How long it would wait for readers.</param>
internal sealed class CommitGroup(
    StagedPages staged, FileHeader header, TransactionNumber number, LockDeadline patience)
{
    private readonly TaskCompletionSource _arrived =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _done =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Ends when the group before it has left the way to the disk; null when it is free.
    /// </summary>
    public Task? WayIsFree { get; init; }

    public StagedPages Staged => staged;

    /// <summary>The header after the last one.</summary>
    public FileHeader Header { get; private set; } = header;

    public TransactionNumber Last { get; private set; } = number;

    /// <summary>How long the most patient of them waits for readers.</summary>
    public LockDeadline Patience { get; private set; } = patience;

    /// <summary>Ends, and never fails, when the outcome of all of them is known.</summary>
    public Task Done => _done.Task;

    /// <summary>Why none of them is committed, or in doubt; null when all of them are.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>
    /// Whether it failed because what it stood on was not committed: then nothing is wrong with the
    /// transactions themselves, and they can be repeated.
    /// </summary>
    public bool IsOutOfDate { get; private set; }

    /// <summary>Takes one more transaction in, which stands on all the others.</summary>
    public void Add(in PendingCommit commit, in LockDeadline patience)
    {
        staged.Absorb(commit.Staged, commit.Header.PageCount);
        Header = commit.Header;
        Last = commit.Last;
        if (patience.Remaining() > Patience.Remaining())
        {
            Patience = patience;
        }
    }

    /// <summary>Ends when the group leaves the way to the disk, a little before <see cref="Done"/>.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>The group leaves the way to the disk.</summary>
    public void LeaveWay() => _arrived.SetResult();

    /// <summary>The outcome: <see cref="Failure"/> and <see cref="IsOutOfDate"/>.</summary>
    public void Tell(Exception? failure, bool isOutOfDate)
    {
        Failure = failure;
        IsOutOfDate = isOutOfDate;
        _done.SetResult();
    }
}
