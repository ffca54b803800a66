using System.Buffers.Binary;
using System.Text;

namespace Quire.Worker.Hooks;

/// <summary>
/// A counter as a trigger makes it: the highest number of all rows is read, and a new row gets the
/// next one. Reading and writing are transactions, each in itself as good as any; that they are two
/// is the mistake.
/// </summary>
public static class MaxPlusOne
{
    private const string Rows = "rows";

    /// <summary><c>SELECT coalesce(max(value), 0) FROM rows</c>.</summary>
    public static long ReadMax(PageFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Numbers(file).DefaultIfEmpty(0).Max();
    }

    /// <summary><c>INSERT INTO rows VALUES (row, number)</c>.</summary>
    public static void Insert(PageFile file, string row, long number)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        file.Update(write => { write.Map(Rows).Put(Encoding.UTF8.GetBytes(row), value); });
    }

    /// <summary>The numbers of all rows.</summary>
    public static IReadOnlyList<long> Numbers(PageFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        List<long> numbers = [];
        using ReadTransaction read = file.BeginRead();
        foreach (MapEntry row in read.Map(Rows).Scan())
        {
            numbers.Add(BinaryPrimitives.ReadInt64LittleEndian(row.Value));
        }

        return numbers;
    }
}
