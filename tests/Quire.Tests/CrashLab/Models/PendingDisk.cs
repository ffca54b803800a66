using System.Text;
using Quire.CrashLab;

namespace Quire.Tests.CrashLab.Models;

/// <summary>
/// A tiny disk with pending changes, and the disks that a crash leaves of it in a notation short enough
/// to be written by hand.
/// </summary>
/// <remarks>
/// A file is its path and a character for each 512-byte sector: the byte that fills it, '.' for zeros,
/// '#' for garbage, '(xy)' for a sector torn between x and y; "f=" is an empty file and "" no file.
/// </remarks>
internal sealed class PendingDisk
{
    private const int Sector = 512;
    private int _mutations;

    public DiskState State { get; } = new();

    /// <summary>Creates a file with some sectors, all of it durable.</summary>
    public PendingDisk WithDurable(string path, string sectors)
    {
        int inode = Create(path);
        Write(inode, 0, sectors);
        Sync(inode);
        return SyncDirectory();
    }

    public int Create(string path)
    {
        Apply(new Mutation(_mutations, MutationKind.Create) { Path = "/" + path });
        return State.Inodes.Count - 1;
    }

    public PendingDisk Write(int inode, int firstSector, string sectors) =>
        Apply(WriteOf(inode, firstSector, sectors));

    /// <summary>A write that has not been made.</summary>
    public Mutation WriteOf(int inode, int firstSector, string sectors) =>
        new(_mutations, MutationKind.Write)
        {
            Inode = inode,
            Offset = firstSector * Sector,
            Bytes = sectors.SelectMany(c => Enumerable.Repeat((byte)c, Sector)).ToArray(),
        };

    public PendingDisk SetLength(int inode, int sectors) => Apply(
        new Mutation(_mutations, MutationKind.SetLength) { Inode = inode, Offset = sectors * Sector });

    public PendingDisk Sync(int inode) =>
        Apply(new Mutation(_mutations, MutationKind.Sync) { Inode = inode });

    public PendingDisk FailSync(int inode, SyncFailure profile) => Apply(
        new Mutation(_mutations, MutationKind.FailSync) { Inode = inode, SyncFailure = profile });

    /// <summary>What programs read.</summary>
    public string Seen() => Text(State.CachedImage());

    public PendingDisk SyncDirectory() =>
        Apply(new Mutation(_mutations, MutationKind.SyncDirectory) { Path = "/" });

    public PendingDisk Delete(string path) =>
        Apply(new Mutation(_mutations, MutationKind.Delete) { Path = "/" + path });

    public PendingDisk Rename(string path, string newPath) => Apply(
        new Mutation(_mutations, MutationKind.Rename)
        {
            Path = "/" + path,
            NewPath = "/" + newPath,
        });

    /// <summary>The different disks that a crash leaves under a model, sorted.</summary>
    public string[] Crash(PersistenceModel model, Mutation? inFlight = null)
    {
        var states = new CrashStates(State, model, inFlight);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < states.Count; i++)
        {
            found.Add(Text(states.ImageOf(states.ChoicesOf(i))));
        }

        return [.. found];
    }

    private PendingDisk Apply(Mutation mutation)
    {
        State.Apply(mutation);
        _mutations++;
        return this;
    }

    private static string Text(DiskImage image) => string.Join(
        ' ',
        image.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key[1..]}={Text(image.Contents[entry.Value])}"));

    private static string Text(SectorContent content)
    {
        var text = new StringBuilder();
        byte[] bytes = content.ToArray();
        for (int sector = 0; sector * Sector < bytes.Length; sector++)
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(sector * Sector, Sector);
            bool isGarbage = part.SequenceEqual(LostSectors.Garbage(sector).Bytes);
            bool isTorn = part[0] != part[^1];
            text.Append(isGarbage ? "#"
                : isTorn ? $"({Character(part[0])}{Character(part[^1])})"
                : $"{Character(part[0])}");
        }

        return text.ToString();
    }

    private static char Character(byte value) => value == 0 ? '.' : (char)value;
}
