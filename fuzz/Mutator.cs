using System.Buffers.Binary;

namespace Quire.Fuzz;

/// <summary>Which of the two files is damaged.</summary>
public enum FuzzTarget
{
    Main,
    Journal,
    Both,

    /// <summary>Only the sectors and frame headers, where every byte has a meaning.</summary>
    Sectors,
}

/// <summary>Damages files in the ways that devices, transfers and attackers do.</summary>
public sealed class Mutator(Random random)
{
    private static readonly ulong[] Interesting =
        [0, 1, 2, 3, 7, 9, 16, 17, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
         0x100000000, long.MaxValue, 0x8000000000000000, ulong.MaxValue - 1, ulong.MaxValue];

    /// <summary>One to four kinds of damage, one after the other.</summary>
    /// <param name="bytes">What is damaged; not changed itself.</param>
    /// <param name="other">A file of the same kind, from which blocks are taken.</param>
    /// <param name="fields">Where numbers are that somebody will read.</param>
    public byte[] Damage(byte[] bytes, byte[] other, IReadOnlyList<FieldPlace> fields)
    {
        byte[] damaged = [.. bytes];
        int rounds = random.Next(1, 5);
        for (int i = 0; i < rounds && damaged.Length > 0; i++)
        {
            damaged = DamageOnce(damaged, other, fields);
        }

        return damaged;
    }

    /// <summary>Sets one to three fields to values at the edges of what they can hold.</summary>
    public byte[] SetFields(byte[] bytes, IReadOnlyList<FieldPlace> fields)
    {
        byte[] damaged = [.. bytes];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            SetField(damaged, fields[random.Next(fields.Count)]);
        }

        return damaged;
    }

    private byte[] DamageOnce(byte[] bytes, byte[] other, IReadOnlyList<FieldPlace> fields)
    {
        int at = Place(bytes.Length);
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                SetField(bytes, fields[random.Next(fields.Count)]);
                return bytes;
            case 3:
                return SwapBlocks(bytes);
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. bytes[Math.Max(0, at - random.Next(1024))..]];
            case 6:
                return Splice(bytes, other);
            default:
                bytes.AsSpan(at, Math.Min(random.Next(600), bytes.Length - at)).Clear();
                return bytes;
        }
    }

    /// <summary>A place in a file, mostly where things are: journals end in long zeros.</summary>
    private int Place(int length) => random.Next(4) switch
    {
        0 => random.Next(length),
        1 => Math.Min(length - 1, random.Next(1024)),
        2 => Math.Min(length - 1, random.Next(16) * 512),
        _ => Math.Min(length - 1, random.Next(8192)),
    };

    private byte[] SwapBlocks(byte[] bytes)
    {
        int size = 512 << random.Next(2);
        int blocks = Math.Min(bytes.Length / size, 16);
        if (blocks < 2)
        {
            return bytes;
        }

        int from = random.Next(blocks) * size;
        int to = random.Next(blocks) * size;
        byte[] held = bytes[to..(to + size)];
        Array.Copy(bytes, from, bytes, to, size);
        if (random.Next(2) == 0)
        {
            held.CopyTo(bytes, from);
        }

        return bytes;
    }

    private byte[] Splice(byte[] bytes, byte[] other)
    {
        int shorter = Math.Min(bytes.Length, other.Length);
        if (shorter < 512)
        {
            return bytes;
        }

        int at = random.Next(Math.Min(shorter / 512, 16)) * 512;
        int length = Math.Min(512 << random.Next(4), shorter - at);
        Array.Copy(other, at, bytes, at, length);
        return bytes;
    }

    private void SetField(byte[] bytes, FieldPlace field)
    {
        if (field.Offset + field.Size > bytes.Length)
        {
            return;
        }

        Span<byte> place = bytes.AsSpan(field.Offset, field.Size);
        Span<byte> value = stackalloc byte[8];
        ulong number = random.Next(3) == 0
            ? (ulong)random.NextInt64()
            : Interesting[random.Next(Interesting.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(value, number);
        if (random.Next(3) == 0)
        {
            // Near what is there: off by a little is the nastiest value of all.
            place.CopyTo(value);
            value[0] += (byte)random.Next(-3, 4);
        }

        value[..field.Size].CopyTo(place);
    }
}

/// <summary>Where a field lies.</summary>
/// <param name="Offset">In bytes from the beginning of the file.</param>
/// <param name="Size">In bytes, at most 8.</param>
public readonly record struct FieldPlace(int Offset, int Size);
