using System.Runtime.InteropServices;

namespace Quire.Peers.Native;

/// <summary>Bytes that LMDB reads or points to: MDB_val of lmdb.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LmdbValue
{
    public nint LengthBytes;
    public nint Data;
}

/// <summary>The calls of Debian's LMDB that the benchmark makes; names as in lmdb.h.</summary>
internal static partial class LmdbNative
{
    public const string Library = "liblmdb.so.0";

    /// <summary>A read transaction belongs to its handle, not to its thread.</summary>
    public const uint NoThreadSlots = 0x200000;

    public const uint ReadOnly = 0x20000;
    public const uint Append = 0x20000;
    public const int NotFound = -30798;
    public const int First = 0;
    public const int Next = 8;

    [LibraryImport(Library, EntryPoint = "mdb_version")]
    public static partial nint Version(nint major, nint minor, nint patch);

    [LibraryImport(Library, EntryPoint = "mdb_strerror")]
    public static partial nint ErrorText(int error);

    [LibraryImport(Library, EntryPoint = "mdb_env_create")]
    public static partial int EnvironmentCreate(out nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_mapsize")]
    public static partial int EnvironmentSetMapSize(nint environment, nint bytes);

    [LibraryImport(Library, EntryPoint = "mdb_env_open",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EnvironmentOpen(
        nint environment, string folder, uint flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mdb_env_close")]
    public static partial void EnvironmentClose(nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_txn_begin")]
    public static partial int Begin(
        nint environment, nint parent, uint flags, out nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_commit")]
    public static partial int Commit(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_abort")]
    public static partial void Abort(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_reset")]
    public static partial void Reset(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_renew")]
    public static partial int Renew(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_dbi_open")]
    public static partial int DatabaseOpen(
        nint transaction, nint name, uint flags, out uint database);

    [LibraryImport(Library, EntryPoint = "mdb_get")]
    public static partial int Get(
        nint transaction, uint database, ref LmdbValue key, out LmdbValue value);

    [LibraryImport(Library, EntryPoint = "mdb_put")]
    public static partial int Put(
        nint transaction, uint database, ref LmdbValue key, ref LmdbValue value, uint flags);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_open")]
    public static partial int CursorOpen(nint transaction, uint database, out nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_close")]
    public static partial void CursorClose(nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_get")]
    public static partial int CursorGet(
        nint cursor, ref LmdbValue key, ref LmdbValue value, int operation);
}
