using System.Runtime.InteropServices;
using Quire.Peers.Native;

namespace Quire.Peers.Contenders;

/// <summary>
/// One connection of SQLite. Statements are prepared once, and keys and values bound once, to
/// buffers that stay in place: nothing per call but what the engine itself does.
/// </summary>
internal sealed class SqliteStore : IStore
{
    /// <summary>SQLITE_STATIC: the bytes stay where they are, so SQLite makes no copy.</summary>
    private const nint StaticBytes = 0;

    private readonly Func<IStore> _openAnother;
    private readonly PinnedBuffer _key = new(RecordBytes.KeyLength);
    private readonly PinnedBuffer _value = new(RecordBytes.ValueLength);
    private readonly List<nint> _statements = [];
    private readonly nint _connection;
    private readonly nint _begin;
    private readonly nint _commit;
    private readonly nint _put;
    private readonly nint _get;
    private readonly nint _scan;
    private readonly nint _beginRead;
    private readonly nint _count;

    /// <param name="path">The database's path.</param>
    /// <param name="journalMode">DELETE, TRUNCATE, PERSIST or WAL.</param>
    /// <param name="synchronous">FULL or NORMAL.</param>
    /// <param name="cacheBytes">How large its page cache may be.</param>
    /// <param name="openAnother">Opens one more connection, for another thread.</param>
    public SqliteStore(
        string path,
        string journalMode,
        string synchronous,
        int cacheBytes,
        Func<IStore> openAnother)
    {
        _openAnother = openAnother;
        const int flags =
            SqliteNative.OpenReadWrite | SqliteNative.OpenCreate | SqliteNative.OpenNoMutex;
        Check(SqliteNative.Open(path, out _connection, flags, 0));
        Check(SqliteNative.BusyTimeout(_connection, 60_000));
        Execute($"PRAGMA page_size={RecordBytes.PageSize}");
        string mode = Execute($"PRAGMA journal_mode={journalMode}");
        if (!string.Equals(mode, journalMode, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException(
                $"SQLite was asked for journal mode {journalMode} and chose {mode}.");
        }

        Execute($"PRAGMA synchronous={synchronous}");
        Execute($"PRAGMA cache_size=-{cacheBytes / 1024}");
        if (Execute("SELECT count(*) FROM sqlite_schema") == "0")
        {
            Execute("CREATE TABLE IF NOT EXISTS r(k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID");
            Execute("CREATE TABLE IF NOT EXISTS c(id INTEGER PRIMARY KEY, n INTEGER)");
            Execute("INSERT OR IGNORE INTO c VALUES(1, 0)");
        }

        _begin = Prepare("BEGIN IMMEDIATE");
        _beginRead = Prepare("BEGIN");
        _commit = Prepare("COMMIT");
        _put = Prepare("INSERT OR REPLACE INTO r(k, v) VALUES(?1, ?2)");
        _get = Prepare("SELECT v FROM r WHERE k = ?1");
        _scan = Prepare("SELECT k, v FROM r ORDER BY k");
        _count = Prepare("UPDATE c SET n = n + 1 WHERE id = 1 RETURNING n");
        Bind(_put, 1, _key);
        Bind(_put, 2, _value);
        Bind(_get, 1, _key);
    }

    public void Load(int count)
    {
        Run(_begin);
        for (int i = 0; i < count; i++)
        {
            Put(i, 0);
        }

        Run(_commit);
    }

    public void Commit(ReadOnlySpan<int> records, long version)
    {
        Run(_begin);
        foreach (int record in records)
        {
            Put(record, version);
        }

        Run(_commit);
    }

    public void CommitStaged(IReadOnlyList<int[]> batches, long version, Action<int> staged)
    {
        Run(_begin);
        for (int i = 0; i < batches.Count; i++)
        {
            foreach (int record in batches[i])
            {
                Put(record, version);
            }

            staged(i + 1);
        }

        Run(_commit);
    }

    public void ReadVersions(int first, Span<long> versions)
    {
        Run(_beginRead);
        for (int i = 0; i < versions.Length; i++)
        {
            RecordBytes.WriteKey(first + i, _key.Span);
            versions[i] = SqliteNative.Step(_get) == SqliteNative.Row
                ? Marshal.ReadInt64(SqliteNative.ColumnBlob(_get, 0))
                : -1;
            Check(SqliteNative.Reset(_get));
        }

        Run(_commit);
    }

    public long LookUpEach(ReadOnlySpan<int> records)
    {
        // A statement outside a transaction is one by itself.
        long touched = 0;
        foreach (int record in records)
        {
            touched += LookUp(record);
        }

        return touched;
    }

    public long LookUpTogether(ReadOnlySpan<int> records)
    {
        Run(_beginRead);
        long touched = LookUpEach(records);
        Run(_commit);
        return touched;
    }

    public int Scan()
    {
        int count = 0;
        int result;
        while ((result = SqliteNative.Step(_scan)) == SqliteNative.Row)
        {
            count += SqliteNative.ColumnBytes(_scan, 0) == RecordBytes.KeyLength
                ? (int)Touch(_scan, 1)
                : 0;
        }

        CheckDone(result);
        Check(SqliteNative.Reset(_scan));
        return count;
    }

    public long Increment()
    {
        Run(_begin);
        int result = SqliteNative.Step(_count);
        long next = result == SqliteNative.Row ? SqliteNative.ColumnInt64(_count, 0) : 0;
        Check(SqliteNative.Reset(_count));
        Run(_commit);
        return next;
    }

    public IStore Share() => _openAnother();

    public void Dispose()
    {
        foreach (nint statement in _statements)
        {
            Check(SqliteNative.Finish(statement));
        }

        Check(SqliteNative.Close(_connection));
    }

    private void Put(int record, long version)
    {
        RecordBytes.WriteKey(record, _key.Span);
        RecordBytes.WriteValue(record, version, _value.Span);
        Run(_put);
    }

    private long LookUp(int record)
    {
        RecordBytes.WriteKey(record, _key.Span);
        long touched = SqliteNative.Step(_get) == SqliteNative.Row ? Touch(_get, 0) : 0;
        Check(SqliteNative.Reset(_get));
        return touched;
    }

    private static long Touch(nint statement, int column) => RecordBytes.Touch(
        SqliteNative.ColumnBlob(statement, column), SqliteNative.ColumnBytes(statement, column));

    private void Run(nint statement)
    {
        CheckDone(SqliteNative.Step(statement));
        Check(SqliteNative.Reset(statement));
    }

    private nint Prepare(string sql)
    {
        Check(SqliteNative.Prepare(_connection, sql, -1, out nint statement, 0));
        _statements.Add(statement);
        return statement;
    }

    /// <returns>The first column of the first row, as text; empty when there is none.</returns>
    private string Execute(string sql)
    {
        Check(SqliteNative.Prepare(_connection, sql, -1, out nint statement, 0));
        string text = string.Empty;
        int result;
        while ((result = SqliteNative.Step(statement)) == SqliteNative.Row)
        {
            nint column = SqliteNative.ColumnText(statement, 0);
            text = Marshal.PtrToStringUTF8(column) ?? string.Empty;
        }

        CheckDone(result);
        Check(SqliteNative.Finish(statement));
        return text;
    }

    private void Bind(nint statement, int index, PinnedBuffer buffer) => Check(
        SqliteNative.BindBlob(statement, index, buffer.Address, buffer.Length, StaticBytes));

    private void CheckDone(int result)
    {
        if (result != SqliteNative.Done)
        {
            Throw(result);
        }
    }

    private void Check(int result)
    {
        if (result != SqliteNative.Ok)
        {
            Throw(result);
        }
    }

    private void Throw(int result) => throw new IOException(
        $"SQLite: {Marshal.PtrToStringUTF8(SqliteNative.ErrorMessage(_connection))} ({result})");
}
