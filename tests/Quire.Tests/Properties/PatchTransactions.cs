using Xunit;

namespace Quire.Tests.Properties;

/// <summary>
/// Transactions of every kind that stages pages: small and large changes, new and freed pages,
/// savepoints, more pages than memory has room for, commits that find a reader in and are repeated.
/// </summary>
internal static class PatchTransactions
{
    /// <summary>Makes one.</summary>
    /// <param name="by">Who commits.</param>
    /// <param name="beside">Another connection to the file.</param>
    /// <param name="random">Chooses.</param>
    public static void Run(PageFile by, PageFile beside, Random random)
    {
        using WriteTransaction write = by.BeginWrite(
            random.Next(3) == 0 ? TransactionMode.Optimistic : TransactionMode.Immediate,
            TimeSpan.Zero);
        Touch(write, write.Root, random);
        Change(write, random);
        if (random.Next(3) == 0)
        {
            using Savepoint savepoint = write.CreateSavepoint();
            Change(write, random);
            if (random.Next(2) == 0)
            {
                savepoint.RollBack();
            }

            Change(write, random);
            savepoint.Release();
        }

        if (random.Next(3) == 0)
        {
            using ReadTransaction reader = beside.BeginRead();
            Assert.Throws<BusyException>(() => write.Commit());
        }

        if (random.Next(2) == 0)
        {
            Change(write, random);
        }

        if (random.Next(8) > 0)
        {
            write.Commit();
        }
    }

    private static void Change(WriteTransaction write, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                write.Write(write.Allocate()).Fill((byte)random.Next(256));
                break;
            case 1 when Any(write, random) is { } page && page != write.Root:
                write.Free(page);
                break;
            case 2 when random.Next(4) == 0:
                // More than fit into memory.
                for (uint page = 3; page < write.PageCount; page++)
                {
                    Touch(write, new PageNumber(page), random);
                }

                break;
            case 3:
                random.NextBytes(write.Write(write.Root));
                break;
            default:
                for (int i = random.Next(4); i >= 0; i--)
                {
                    // Few pages, so that most of them are in the log already.
                    Touch(write, new PageNumber(3 + (uint)random.Next(12)), random);
                }

                break;
        }
    }

    private static PageNumber? Any(WriteTransaction write, Random random)
    {
        var page = new PageNumber(3 + (uint)random.Next((int)write.PageCount - 3));
        return write.IsInUse(page) ? page : null;
    }

    private static void Touch(WriteTransaction write, PageNumber page, Random random)
    {
        if (page.Value < write.PageCount && write.IsInUse(page))
        {
            Span<byte> payload = write.Write(page);

            // Few places and values, so that it is often made what it was: a second patch from what
            // was before the record would not say that.
            payload.Slice(16 * random.Next(4), 8).Fill((byte)random.Next(2));
        }
    }
}
