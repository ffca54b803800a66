using Quire.Locking;

namespace Quire;

/// <content>Transactions that are repeated until they succeed.</content>
public sealed partial class PageFile
{
    /// <summary>
    /// Runs a delegate in a write transaction and commits. When somebody else's commit has made
    /// what it read out of date, everything is rolled back, all locks are let go, and the delegate
    /// runs again, on fresh data: so what is committed never rests on stale reads.
    /// </summary>
    /// <typeparam name="T">What the delegate returns.</typeparam>
    /// <param name="change">
    /// What to do. May run any number of times, only the last of which counts: it must have no
    /// effect but on the transaction, and must take nothing along from one run to the next. It need
    /// not commit; if it disposes the transaction, nothing is committed.
    /// </param>
    /// <param name="options">Mode and limits; null for the defaults.</param>
    /// <param name="cancellation">Ends waits, and repetition.</param>
    /// <returns>What the committed run of the delegate returned.</returns>
    /// <exception cref="BusyException">Locks were not to be had within the timeout.</exception>
    /// <exception cref="StaleReadException">Still stale when the timeout had passed.</exception>
    /// <exception cref="ConflictException">Still conflicts when the timeout had passed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was committed.</exception>
    /// <remarks>
    /// Whatever the delegate throws on its own account rolls back and passes through. After
    /// <see cref="UpdateOptions.AttemptsBeforeImmediate"/> attempts it runs in immediate mode,
    /// which cannot be told to start over: so it succeeds as soon as the writer lock is to be had.
    /// Errors of the commit itself are those of <see cref="WriteTransaction.Commit"/>.
    /// </remarks>
    public T Update<T>(
        Func<WriteTransaction, T> change,
        UpdateOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        options ??= UpdateOptions.Default;
        LockDeadline deadline = DeadlineOf(options.Timeout, cancellation);
        for (int attempt = 1; ; attempt++)
        {
            using WriteTransaction transaction = Begin(
                NewTransaction(options.ModeOf(attempt), null, deadline, attempt), deadline);
            try
            {
                T result = change(transaction);
                if (!transaction.IsEnded)
                {
                    transaction.Commit(cancellation);
                }
                else if (transaction.OutOfDate is { } swallowed)
                {
                    throw swallowed;
                }

                return result;
            }
            catch (Exception failure) when (
                ReferenceEquals(failure, transaction.OutOfDate)
                && deadline.Remaining() > TimeSpan.Zero)
            {
                TimeSpan delay = options.Announce(attempt, failure, deadline);
                Task.Delay(delay, _engine.Host.Clock, cancellation).GetAwaiter().GetResult();
            }
        }
    }

    /// <inheritdoc cref="Update{T}(Func{WriteTransaction, T}, UpdateOptions?, CancellationToken)"/>
    public void Update(
        Action<WriteTransaction> change,
        UpdateOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        Update(
            transaction =>
            {
                change(transaction);
                return true;
            },
            options,
            cancellation);
    }

    /// <summary>
    /// As <see cref="Update{T}(Func{WriteTransaction, T}, UpdateOptions?, CancellationToken)"/>,
    /// without a thread that waits for locks, between attempts, or for the delegate.
    /// </summary>
    /// <inheritdoc cref="Update{T}(Func{WriteTransaction, T}, UpdateOptions?, CancellationToken)"/>
    public async ValueTask<T> UpdateAsync<T>(
        Func<WriteTransaction, CancellationToken, ValueTask<T>> change,
        UpdateOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        options ??= UpdateOptions.Default;
        LockDeadline deadline = DeadlineOf(options.Timeout, cancellation);
        for (int attempt = 1; ; attempt++)
        {
            using WriteTransaction transaction = await BeginAsync(
                NewTransaction(options.ModeOf(attempt), null, deadline, attempt), deadline)
                .ConfigureAwait(false);
            try
            {
                T result = await change(transaction, cancellation).ConfigureAwait(false);
                if (!transaction.IsEnded)
                {
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                }
                else if (transaction.OutOfDate is { } swallowed)
                {
                    throw swallowed;
                }

                return result;
            }
            catch (Exception failure) when (
                ReferenceEquals(failure, transaction.OutOfDate)
                && deadline.Remaining() > TimeSpan.Zero)
            {
                TimeSpan delay = options.Announce(attempt, failure, deadline);
                await Task.Delay(delay, _engine.Host.Clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc cref="UpdateAsync{T}"/>
    public async ValueTask UpdateAsync(
        Func<WriteTransaction, CancellationToken, ValueTask> change,
        UpdateOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        await UpdateAsync(
            async (transaction, cancellation) =>
            {
                await change(transaction, cancellation).ConfigureAwait(false);
                return true;
            },
            options,
            cancellation).ConfigureAwait(false);
    }
}
