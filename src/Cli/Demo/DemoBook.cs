using System.Buffers.Binary;
using Quire.Journal;
using Quire.Pager;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>
/// The book of the demonstration: every page carries the number of its edition, from its first byte
/// to its last. Pages of two editions at once are a mixture, which no reader may ever see.
/// </summary>
internal static class DemoBook
{
    /// <summary>
    /// Makes the file with edition 1. Classic: the demonstration shows the algorithm as published.
    /// </summary>
    /// <exception cref="IOException">The file exists already.</exception>
    public static void Create(string path)
    {
        using PageFile file = PageFile.Open(
            path,
            new PageFileOptions
            {
                Mode = PageFileMode.CreateNew,
                Protocol = CommitProtocol.Classic,
            });
        using WriteTransaction write = file.BeginWrite();
        for (int i = 0; i < DemoSettings.Pages; i++)
        {
            PageNumber page = write.Allocate();
            write.Root = i == 0 ? page : write.Root;
            Stamp(write.Write(page), 1);
        }

        write.Commit();
    }

    /// <summary>Where the pages are: one after the other from the root.</summary>
    public static PageNumber PageAt(PageNumber root, int index) => new(root.Value + (uint)index);

    /// <summary>Fills a page with an edition's number.</summary>
    public static void Stamp(Span<byte> payload, long edition)
    {
        for (int at = 0; at + sizeof(long) <= payload.Length; at += sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload[at..], edition);
        }
    }

    /// <summary>The edition of a page; -1 when the page is a mixture in itself.</summary>
    public static long EditionOf(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> first = payload[..sizeof(long)];
        for (int at = 0; at + sizeof(long) <= payload.Length; at += sizeof(long))
        {
            if (!payload.Slice(at, sizeof(long)).SequenceEqual(first))
            {
                return -1;
            }
        }

        return BinaryPrimitives.ReadInt64LittleEndian(first);
    }

    /// <summary>
    /// Looks at the file past all locks, as no reader may: the edition of each page as the file
    /// holds it at this moment, and whether the marker is set.
    /// </summary>
    public static (long[] Editions, bool IsMarkerSet) PeekWithoutLocks(string path)
    {
        using IStorageFile main = new OsFileSystem().Open(path, FileOpenMode.ReadOnly);
        MainState state = MainState.Read(main);
        byte[] page = new byte[state.Header.PageSize];
        var editions = new long[DemoSettings.Pages];
        for (int i = 0; i < editions.Length; i++)
        {
            main.Read(MainFormat.OffsetOf(PageAt(state.Header.Root, i), page.Length), page);
            editions[i] = EditionOf(page.AsSpan(PageFormat.HeaderBytes));
        }

        return (editions, state.Condition == MarkerCondition.Set);
    }
}
