namespace Quire;

/// <summary>
/// Gives numbers out from blocks that it reserves, so that most calls cost no transaction: one
/// commit for each <see cref="BlockSize"/> numbers. No two allocators, in any processes, and no
/// <see cref="CounterSet.Increment"/> of the same counter are ever given the same number.
/// </summary>
/// <remarks>
/// <para>
/// Numbers rise within one allocator that is used by one thread; between allocators they interleave
/// block by block. What is left of a block when the process ends, or when a reservation is in
/// doubt, is given to nobody: there are gaps, of up to a block for each.
/// </para>
/// <para>
/// May be used from any thread. While one caller reserves a block, callers with numbers left go on;
/// only those without wait, for that one reservation.
/// </para>
/// </remarks>
public sealed class BlockAllocator : IDisposable
{
    private readonly SemaphoreSlim _refill = new(1);
    private Block _block = new(new CounterRange(1, 0));

    /// <summary>Makes an allocator; nothing is reserved before the first call.</summary>
    /// <param name="counters">The counters.</param>
    /// <param name="name">The counter from which blocks are reserved.</param>
    /// <param name="blockSize">How many numbers to reserve at once, 1 or more.</param>
    /// <exception cref="ArgumentException">The name is empty, no text, or too long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The block size is below 1.</exception>
    public BlockAllocator(CounterSet counters, string name, long blockSize)
    {
        ArgumentNullException.ThrowIfNull(counters);
        counters.KeyOf(name);
        CounterSet.CheckCount(blockSize, nameof(blockSize));
        Counters = counters;
        Name = name;
        BlockSize = blockSize;
    }

    /// <summary>The counters.</summary>
    public CounterSet Counters { get; }

    /// <summary>The counter from which blocks are reserved.</summary>
    public string Name { get; }

    /// <summary>How many numbers are reserved at once.</summary>
    public long BlockSize { get; }

    /// <summary>A number that nobody else is ever given.</summary>
    /// <param name="cancellation">Ends the wait for a block.</param>
    /// <exception cref="OverflowException">The counter has no such block left.</exception>
    /// <exception cref="ObjectDisposedException">
    /// The allocator or its file was disposed.
    /// </exception>
    /// <remarks>Reserving a block may throw what <see cref="CounterSet.Reserve"/> does.</remarks>
    public long Next(CancellationToken cancellation = default)
    {
        if (Volatile.Read(ref _block).TryTake(out long number))
        {
            return number;
        }

        _refill.Wait(cancellation);
        try
        {
            // Whoever was in here before us has brought a block, and may have left some of it.
            return _block.TryTake(out number)
                ? number
                : Begin(Counters.Reserve(Name, BlockSize, cancellation));
        }
        finally
        {
            _refill.Release();
        }
    }

    /// <summary>As <see cref="Next"/>, without a thread that waits.</summary>
    /// <inheritdoc cref="Next"/>
    public async ValueTask<long> NextAsync(CancellationToken cancellation = default)
    {
        if (Volatile.Read(ref _block).TryTake(out long number))
        {
            return number;
        }

        await _refill.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _block.TryTake(out number)
                ? number
                : Begin(await Counters.ReserveAsync(Name, BlockSize, cancellation)
                    .ConfigureAwait(false));
        }
        finally
        {
            _refill.Release();
        }
    }

    /// <summary>
    /// Ends it, when no call is under way; what is left of its block is given to nobody.
    /// </summary>
    public void Dispose()
    {
        Volatile.Write(ref _block, new Block(new CounterRange(1, 0)));
        _refill.Dispose();
    }

    /// <summary>Takes the first number before anybody else sees the block.</summary>
    private long Begin(CounterRange range)
    {
        var block = new Block(range);
        block.TryTake(out long first);
        Volatile.Write(ref _block, block);
        return first;
    }

    private sealed class Block(CounterRange range)
    {
        private readonly long _count = range.Count;
        private long _taken;

        public bool TryTake(out long number)
        {
            // Looked at first, so that callers who wait for a block do not count on and on.
            long index = Volatile.Read(ref _taken) < _count
                ? Interlocked.Increment(ref _taken) - 1
                : _count;
            number = index < _count ? range.First + index : 0;
            return index < _count;
        }
    }
}
