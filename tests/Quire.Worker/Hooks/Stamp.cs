using System.Buffers.Binary;

namespace Quire.Worker.Hooks;

/// <summary>
/// Files in which every page holds one and the same number, put there by one transaction. Two
/// numbers in one view are a mixture of two transactions.
/// </summary>
public static class Stamp
{
    /// <summary>For what is about the steps, or the journal, of classic files.</summary>
    public static PageFileOptions Classic { get; } = new() { Protocol = CommitProtocol.Classic };

    /// <summary>Makes a file of so many pages, all stamped with the number.</summary>
    public static void Create(string path, int pages, long number, PageFileOptions? options = null)
    {
        using PageFile file = PageFile.Open(path, options);
        using WriteTransaction write = file.BeginWrite();
        Grow(write, pages);
        WriteAll(write, number);
        write.Commit();
    }

    public static void Grow(WriteTransaction write, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            write.Allocate();
        }
    }

    /// <summary>Stamps every page.</summary>
    public static void WriteAll(WriteTransaction write, long number)
    {
        for (uint page = 0; page < write.PageCount; page++)
        {
            if (write.IsInUse(new PageNumber(page)))
            {
                Span<byte> payload = write.Write(new PageNumber(page));
                BinaryPrimitives.WriteInt64LittleEndian(payload, number);
                BinaryPrimitives.WriteInt64LittleEndian(payload[^8..], number);
            }
        }
    }

    /// <summary>Whether both ends of every page hold one number; the number.</summary>
    /// <exception cref="InvalidDataException">They hold several.</exception>
    public static long ReadAll(ReadTransaction read)
    {
        long? number = null;
        for (uint page = 0; page < read.PageCount; page++)
        {
            if (read.IsInUse(new PageNumber(page)))
            {
                Check(read.Read(new PageNumber(page)), page, read.Number, ref number);
            }
        }

        return number ?? throw new InvalidDataException("No page is in use.");
    }

    /// <summary>The same through the eyes of a writer.</summary>
    /// <exception cref="InvalidDataException">The pages hold several numbers.</exception>
    public static long ReadAll(WriteTransaction write)
    {
        long? number = null;
        for (uint page = 0; page < write.PageCount; page++)
        {
            if (write.IsInUse(new PageNumber(page)))
            {
                Check(write.Read(new PageNumber(page)), page, write.Number, ref number);
            }
        }

        return number ?? throw new InvalidDataException("No page is in use.");
    }

    private static void Check(
        ReadOnlySpan<byte> payload, uint page, TransactionNumber transaction, ref long? number)
    {
        long first = BinaryPrimitives.ReadInt64LittleEndian(payload);
        long last = BinaryPrimitives.ReadInt64LittleEndian(payload[^8..]);
        number ??= first;
        if (first != number || last != number)
        {
            throw new InvalidDataException(
                $"A mixture: in transaction {transaction} page {page} holds {first} and {last}, " +
                $"the pages before it {number}.");
        }
    }
}
