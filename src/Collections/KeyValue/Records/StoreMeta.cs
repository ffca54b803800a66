using System.Buffers.Binary;
using Quire.Pager;

namespace Quire.Collections;

/// <summary>
/// What a store remembers about itself, in one record that ordinary commits only read. Drawn in
/// docs/format.md, "Store meta".
/// </summary>
/// <param name="FileId">
/// The file whose commits the store's stamps count. Another id than the file's own: the records
/// were imported, and stamps must go on above theirs (<see cref="StoreAdoption"/>).
/// </param>
/// <param name="Base">What is added to the number of a commit to make a stamp's.</param>
/// <param name="Cut">Where long keys are cut (<see cref="LayeredReader"/>).</param>
internal sealed record StoreMeta(Guid FileId, ulong Base, ushort Cut)
{
    public const int VersionOffset = 0;
    public const int CutOffset = 2;
    public const int BaseOffset = 4;
    public const int FileIdOffset = 12;
    public const int Bytes = 28;

    public const byte CurrentVersion = 1;

    /// <summary>Room for a layer's number and at least as much of a key.</summary>
    public const int LeastCut = 16;

    /// <summary>The key of the record.</summary>
    public static ReadOnlySpan<byte> Key => "store"u8;

    /// <summary>Reads the record of a store.</summary>
    /// <returns>Null when there is none yet.</returns>
    /// <exception cref="CorruptFileException">It is none of this release's.</exception>
    public static StoreMeta? TryRead(MapReader map, EngineFile file)
    {
        if (!map.TryGet(Key, out ReadOnlySpan<byte> bytes))
        {
            return null;
        }

        if (bytes.Length != Bytes || bytes[VersionOffset] != CurrentVersion)
        {
            string version = bytes.Length == 0 ? "none" : $"{bytes[VersionOffset]}";
            throw LayeredReader.Corrupt(
                map,
                Key,
                $"has {bytes.Length} bytes and version {version}; this release reads {Bytes} " +
                $"bytes of version {CurrentVersion}");
        }

        ushort cut = BinaryPrimitives.ReadUInt16BigEndian(bytes[CutOffset..]);
        if (cut < LeastCut)
        {
            throw LayeredReader.Corrupt(
                map, Key, $"cuts keys at {cut} bytes, expected {LeastCut} or more");
        }

        ulong from = BinaryPrimitives.ReadUInt64BigEndian(bytes[BaseOffset..]);
        if (from > StoreRecord.HighestCommitNumber)
        {
            throw LayeredReader.Corrupt(
                map, Key, $"adds {from} to the numbers of commits, more than there can be");
        }

        var id = new Guid(bytes[FileIdOffset..]);
        if (id == file.FileId && cut > CutOf(file.PageSize))
        {
            throw LayeredReader.Corrupt(
                map, Key, $"cuts keys at {cut} bytes, and they may have {CutOf(file.PageSize)}");
        }

        return new StoreMeta(id, from, cut);
    }

    public void Write(MapWriter map)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes.Clear();
        bytes[VersionOffset] = CurrentVersion;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[CutOffset..], Cut);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[BaseOffset..], Base);
        FileId.TryWriteBytes(bytes[FileIdOffset..]);
        map.Put(Key, bytes);
    }

    /// <summary>Where a new store cuts keys: at the longest that maps of this file have.</summary>
    public static ushort CutOf(int pageSize) => (ushort)Math.Min(
        LayeredReader.LongestKeyBytes + 1,
        NodeFormat.MaxKeyBytes(pageSize - PageFormat.HeaderBytes));
}
