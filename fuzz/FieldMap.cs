using System.Buffers.Binary;

namespace Quire.Fuzz;

/// <summary>
/// Where the numbers lie that an opener acts on: the targets of mutations that matter most.
/// </summary>
public static class FieldMap
{
    private static readonly FieldPlace[] Sectors =
    [
        new(8, 2), new(10, 1), new(11, 1), new(12, 4), new(16, 4), new(20, 4), new(24, 4),
        new(28, 4), new(32, 4), new(40, 8), new(56, 8), new(504, 8),
        new(520, 8), new(528, 8), new(536, 8), new(544, 8), new(1016, 8),
    ];

    /// <summary>
    /// Header, marker, and of every page its header and the first bytes of its payload.
    /// </summary>
    public static IReadOnlyList<FieldPlace> OfMain(byte[] main, int pageSize)
    {
        var fields = new List<FieldPlace>(Sectors);
        for (int at = Math.Max(1024, pageSize); at + 40 <= main.Length; at += pageSize)
        {
            fields.AddRange(
                [new(at, 8), new(at + 8, 8), new(at + 16, 4), new(at + 20, 2), new(at + 22, 2),
                 new(at + 24, 1), new(at + 24, 8)]);
        }

        return fields;
    }

    /// <summary>The two sectors only.</summary>
    public static IReadOnlyList<FieldPlace> OfSectors => Sectors;

    /// <summary>
    /// The journal's header, its frames' headers, and the header that it may stage.
    /// </summary>
    public static IReadOnlyList<FieldPlace> OfJournal(byte[] journal, int pageSize)
    {
        var fields = new List<FieldPlace>
        {
            new(8, 2), new(10, 1), new(16, 8), new(32, 8), new(40, 8), new(504, 8),
        };
        for (int at = 4096; at + 40 <= journal.Length;)
        {
            fields.AddRange(
                [new(at, 4), new(at + 4, 4), new(at + 8, 8), new(at + 16, 8), new(at + 24, 8),
                 new(at + 32, 8)]);
            uint kind = BinaryPrimitives.ReadUInt32LittleEndian(journal.AsSpan(at));
            at += 40;
            if (kind == 0x52444845)
            {
                int header = at;
                fields.AddRange(
                    Sectors.Take(12)
                        .Select(field => field with { Offset = field.Offset + header }));
                at += 512;
            }
            else if (kind == 0x45474150)
            {
                fields.AddRange(
                    [new(at + 8, 8), new(at + 16, 4), new(at + 20, 2), new(at + 24, 1)]);
                at += pageSize;
            }
            else
            {
                break;
            }
        }

        return fields;
    }
}
