using Quire.Collections;

namespace Quire;

/// <summary>How a file of maps is compacted. A value: change it with <c>with</c>.</summary>
public sealed record CompactOptions
{
    /// <summary>
    /// How many pages one transaction moves. Readers wait while a transaction is applied, so the
    /// fewer, the shorter they wait, and the longer all of it takes.
    /// </summary>
    public int PagesPerTransaction { get; init; } = 256;

    /// <summary>How long each transaction waits for locks; null for the option of the file.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Told how far it is, after each transaction; null when nobody asks.</summary>
    public IProgress<CompactReport>? Progress { get; init; }
}

/// <summary>What a compaction has done.</summary>
/// <param name="PagesBefore">Pages of the file when it began.</param>
/// <param name="PagesAfter">Pages of the file now.</param>
/// <param name="PagesMoved">How many were moved.</param>
/// <param name="Transactions">In how many transactions.</param>
public sealed record CompactReport(
    uint PagesBefore, uint PagesAfter, long PagesMoved, int Transactions);

/// <summary>Gives the free pages of a file of maps back to the file system.</summary>
public static class MapCompaction
{
    /// <summary>
    /// Moves pages from the end of the file to free ones before it, and cuts the file: in many small
    /// transactions, between which others read and write. When it is ended early, by a crash or by
    /// <paramref name="cancellation"/>, what is done stays done.
    /// </summary>
    /// <param name="file">The file. One that keeps no maps is only cut, as far as its end is free.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Ends it after the transaction at hand.</param>
    /// <remarks>
    /// A map that is written to all the time may end up with pages that this has passed over; a second
    /// run finds them. A map whose first page lies at the end is moved in one transaction, whole.
    /// </remarks>
    /// <exception cref="BusyException">A lock was not to be had in time.</exception>
    /// <exception cref="CorruptFileException">The maps are damaged; nothing more was moved.</exception>
    public static CompactReport CompactMaps(
        this PageFile file,
        CompactOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new CompactOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PagesPerTransaction, 1);
        var run = new CompactionRun();
        uint before = 0;
        for (int transactions = 1; ; transactions++)
        {
            using WriteTransaction write = file.BeginWrite(options.Timeout, cancellation);
            before = transactions == 1 ? write.PageCount : before;
            bool isMore = run.Step(write, options.PagesPerTransaction);
            write.TrimEnd();
            uint after = write.PageCount;
            write.Commit(cancellation);
            var report = new CompactReport(before, after, run.Moved, transactions);
            options.Progress?.Report(report);
            if (!isMore || cancellation.IsCancellationRequested)
            {
                return report;
            }
        }
    }
}
