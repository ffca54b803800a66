using System.Buffers.Binary;

namespace Quire.Worker.Hooks;

/// <summary>A hundred accounts, four to a page, whose sum nobody may change.</summary>
public static class Accounts
{
    public const int Count = 100;
    public const long Sum = Count * InitialBalance;

    private const long InitialBalance = 1000;
    private const int PerPage = 4;

    public static void Create(string path)
    {
        using PageFile file = PageFile.Open(path, new PageFileOptions { PageSize = 512 });
        file.Update(write =>
        {
            for (int page = 0; page < Count / PerPage; page++)
            {
                write.Allocate();
            }

            for (int account = 0; account < Count; account++)
            {
                Write(write, account, InitialBalance);
            }
        });
    }

    public static long Read(WriteTransaction write, int account)
    {
        return BinaryPrimitives.ReadInt64LittleEndian(write.Read(PageOf(account))[OffsetOf(account)..]);
    }

    public static void Write(WriteTransaction write, int account, long balance)
    {
        BinaryPrimitives.WriteInt64LittleEndian(
            write.Write(PageOf(account))[OffsetOf(account)..], balance);
    }

    public static long ReadSum(ReadTransaction read)
    {
        long sum = 0;
        for (int account = 0; account < Count; account++)
        {
            sum += BinaryPrimitives.ReadInt64LittleEndian(
                read.Read(PageOf(account))[OffsetOf(account)..]);
        }

        return sum;
    }

    private static PageNumber PageOf(int account) => new(3 + (uint)(account / PerPage));

    private static int OffsetOf(int account) => account % PerPage * sizeof(long);
}
