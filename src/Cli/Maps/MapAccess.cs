using Quire.Collections;

namespace Quire.Cli.Maps;

/// <summary>
/// Maps by name, as the tool treats them: one that is absent is the answer no (1), a file whose
/// root is not a catalog of maps cannot be used for them (4).
/// </summary>
internal static class MapAccess
{
    /// <summary>A map for reading.</summary>
    /// <exception cref="CommandException">There is none of this name.</exception>
    public static MapReader Find(ReadTransaction read, string name)
    {
        ThrowIfRootIsTaken(new PageSource(read));
        MapReader map = read.Map(name);
        return map.Exists ? map : throw Absent(name);
    }

    /// <summary>A map for writing, which must be there.</summary>
    /// <exception cref="CommandException">There is none of this name.</exception>
    public static MapWriter Find(WriteTransaction write, string name)
    {
        ThrowIfRootIsTaken(new PageSource(write));
        return write.HasMap(name) ? write.Map(name) : throw Absent(name);
    }

    /// <summary>A map for writing; made when it is absent.</summary>
    public static MapWriter Open(WriteTransaction write, string name)
    {
        ThrowIfRootIsTaken(new PageSource(write));
        return write.Map(name);
    }

    /// <summary>All maps.</summary>
    public static IReadOnlyList<MapInfo> List(ReadTransaction read)
    {
        ThrowIfRootIsTaken(new PageSource(read));
        return read.ListMaps();
    }

    public static CommandException AbsentKey(string map, ReadOnlySpan<byte> key) =>
        CommandException.No($"map \"{map}\" has no key {MapText.Quote(key)}.");

    /// <exception cref="CommandException">The file keeps something else at its root.</exception>
    public static void ThrowIfRootIsTaken(in PageSource pages)
    {
        if (!pages.Root.IsNone && !MapCatalog.IsCatalog(pages, pages.Root))
        {
            throw new CommandException(
                ExitCode.Corrupt,
                $"the root of the file, page {pages.Root}, is no catalog of maps: the file keeps " +
                "something else there.");
        }
    }

    private static CommandException Absent(string name) =>
        CommandException.No($"there is no map \"{name}\".");
}
