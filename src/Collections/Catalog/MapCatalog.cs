using System.Buffers.Binary;
using System.Text;

namespace Quire.Collections;

/// <summary>
/// The maps of a file by name: itself a tree, whose root page is the root of the file. It changes
/// only when a map is made or dropped; how many records a map has is in the map's own root page, so
/// that two maps never share a page that both keep changing.
/// </summary>
internal static class MapCatalog
{
    private const int StackBytes = 256;

    /// <summary>Looks a map up.</summary>
    /// <returns>False when there is none, or nothing in the file at all.</returns>
    public static bool TryFind(in PageSource pages, string name, out CatalogEntry entry)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (KnownMaps.TryFind(pages, name, out entry))
        {
            return true;
        }

        PageNumber root = pages.Root;
        if (root.IsNone)
        {
            return false;
        }

        ThrowIfNotCatalog(pages, root);
        int length = Encoding.UTF8.GetByteCount(name);
        Span<byte> key = length <= StackBytes ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(name, key);
        if (!TreeReader.TryFind(pages, root, key, out ValueReference value))
        {
            return false;
        }

        entry = Read(pages, root, value.ToSpan());
        byte role = Node.Open(pages, entry.Root, entry.Root, -1).Role;
        if (role != NodeFormat.MapRole)
        {
            throw pages.Corrupt(
                entry.Root,
                NodeFormat.RoleOffset,
                $"is the root of the map \"{name}\" and has role {role}, expected " +
                $"{NodeFormat.MapRole}");
        }

        KnownMaps.Add(pages, name, entry);
        return true;
    }

    /// <summary>All maps, in the order of their names' bytes.</summary>
    public static List<(string Name, CatalogEntry Entry)> List(in PageSource pages)
    {
        List<(string, CatalogEntry)> maps = [];
        PageNumber root = pages.Root;
        if (root.IsNone)
        {
            return maps;
        }

        ThrowIfNotCatalog(pages, root);
        var cursor = new TreeCursor(pages, root);
        for (bool isPlaced = cursor.MoveToEnd(isLast: false);
            isPlaced;
            isPlaced = cursor.Move(isBackward: false))
        {
            maps.Add((
                Encoding.UTF8.GetString(cursor.Key),
                Read(pages, root, cursor.Value.ToSpan())));
        }

        return maps;
    }

    /// <summary>
    /// Takes the first step of a change, which may fail without harm: a page for the catalog when
    /// there is none, and the writer's locks when the transaction is deferred.
    /// </summary>
    /// <returns>The root page of the catalog.</returns>
    /// <exception cref="ArgumentException">The name is too long.</exception>
    public static PageNumber Prepare(WriteTransaction write, string name)
    {
        PageNumber root = write.Root;
        if (root.IsNone)
        {
            root = write.Allocate();
            TreeWriter.Initialise(write, root, NodeFormat.CatalogRole);
            write.Root = root;
        }

        int length = Encoding.UTF8.GetByteCount(name);
        int longest = MaxNameBytes(write.Write(root).Length);
        return length <= longest
            ? root
            : throw new ArgumentException(
                $"The name of the map has {length} bytes; in this file it may have {longest}.",
                nameof(name));
    }

    /// <summary>
    /// The longest name, with which four entries of the catalog fit a node: an entry is longer than
    /// the reference that a key of a map leaves room for.
    /// </summary>
    public static int MaxNameBytes(int payloadBytes) =>
        NodeFormat.MaxKeyBytes(payloadBytes)
        + NodeFormat.OverflowReferenceBytes - CatalogEntry.Bytes;

    /// <summary>Makes an empty map.</summary>
    public static CatalogEntry Create(
        WriteTransaction write, PageNumber catalog, string name, ushort keyType, ushort valueType)
    {
        var entry = new CatalogEntry(write.Allocate(), keyType, valueType);
        TreeWriter.Initialise(write, entry.Root, NodeFormat.MapRole);
        Span<byte> value = stackalloc byte[CatalogEntry.Bytes];
        entry.WriteTo(value);
        byte[] key = Encoding.UTF8.GetBytes(name);
        using TreeWriter tree = TreeWriter.Take(write, catalog);
        tree.Put(key, value, isOverflow: false, replaces: true);
        return entry;
    }

    /// <summary>Gives a map's pages back and forgets it.</summary>
    public static void Drop(WriteTransaction write, string name, CatalogEntry entry)
    {
        TreeEraser.Clear(write, entry.Root);
        write.Free(entry.Root);
        using TreeWriter tree = TreeWriter.Take(write, write.Root);
        tree.Delete(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>Says that a map's tree begins elsewhere now.</summary>
    public static void SetRoot(WriteTransaction write, string name, PageNumber mapRoot)
    {
        byte[] key = Encoding.UTF8.GetBytes(name);
        if (!TreeReader.TryFind(new PageSource(write), write.Root, key, out ValueReference value))
        {
            throw new InvalidOperationException($"There is no map \"{name}\".");
        }

        CatalogEntry entry = Read(new PageSource(write), write.Root, value.ToSpan());
        Span<byte> bytes = stackalloc byte[CatalogEntry.Bytes];
        (entry with { Root = mapRoot }).WriteTo(bytes);
        using TreeWriter tree = TreeWriter.Take(write, write.Root);
        tree.Put(key, bytes, isOverflow: false, replaces: true);
    }

    /// <summary>Whether the file's root is a page that nothing but a catalog begins like.</summary>
    public static bool IsCatalog(in PageSource pages, PageNumber root)
    {
        ReadOnlySpan<byte> page = pages.Read(root);
        return BinaryPrimitives.ReadUInt32LittleEndian(page) == NodeFormat.Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(page[NodeFormat.TreeOffset..]) == root.Value
            && page[NodeFormat.RoleOffset] == NodeFormat.CatalogRole;
    }

    private static void ThrowIfNotCatalog(in PageSource pages, PageNumber root)
    {
        if (!IsCatalog(pages, root))
        {
            throw new InvalidOperationException(
                $"The root of the file, page {root}, is no catalog of maps: the file keeps " +
                "something else there. Maps need a file whose root they may use.");
        }

        byte version = pages.Read(root)[NodeFormat.VersionOffset];
        if (version != NodeFormat.CurrentVersion)
        {
            throw pages.Corrupt(
                root,
                NodeFormat.VersionOffset,
                $"maps of version {version}; this release reads version " +
                $"{NodeFormat.CurrentVersion}",
                QuireErrorCode.UnsupportedVersion);
        }
    }

    private static CatalogEntry Read(
        in PageSource pages, PageNumber root, ReadOnlySpan<byte> bytes) =>
        CatalogEntry.TryRead(bytes, out CatalogEntry entry) is { } problem
            ? throw pages.Corrupt(root, 0, $"in the catalog of maps: {problem}")
            : entry;
}
