using System.Runtime.InteropServices;
using Quire.Peers.Native;

namespace Quire.Peers.Contenders;

/// <summary>
/// LMDB for one thread. The read transaction is begun once and then renewed, the fastest way that
/// its documentation shows.
/// </summary>
internal sealed class LmdbStore : IStore
{
    private const int CounterRecord = -1;

    private readonly PinnedBuffer _keyBytes = new(RecordBytes.KeyLength);
    private readonly PinnedBuffer _valueBytes = new(RecordBytes.ValueLength);
    private readonly nint _environment;
    private readonly uint _database;
    private readonly bool _isShared;
    private nint _read;

    /// <param name="folder">Where its two files are.</param>
    /// <param name="mapBytes">How large the file may grow; no memory is taken for it.</param>
    public LmdbStore(string folder, long mapBytes)
    {
        Check(LmdbNative.EnvironmentCreate(out _environment));
        Check(LmdbNative.EnvironmentSetMapSize(_environment, (nint)mapBytes));
        const uint ownerReadsAndWrites = 0x180;
        Check(LmdbNative.EnvironmentOpen(
            _environment, folder, LmdbNative.NoThreadSlots, ownerReadsAndWrites));
        Check(LmdbNative.Begin(_environment, 0, LmdbNative.ReadOnly, out nint first));
        Check(LmdbNative.DatabaseOpen(first, 0, 0, out _database));
        Check(LmdbNative.Commit(first));
    }

    private LmdbStore(LmdbStore other)
    {
        _environment = other._environment;
        _database = other._database;
        _isShared = true;
    }

    private LmdbValue Key => new() { LengthBytes = _keyBytes.Length, Data = _keyBytes.Address };

    private LmdbValue Value =>
        new() { LengthBytes = _valueBytes.Length, Data = _valueBytes.Address };

    public void Load(int count)
    {
        nint write = BeginWrite();
        for (int i = 0; i < count; i++)
        {
            Put(write, i, 0, LmdbNative.Append);
        }

        Check(LmdbNative.Commit(write));
    }

    public void Commit(ReadOnlySpan<int> records, long version)
    {
        nint write = BeginWrite();
        foreach (int record in records)
        {
            Put(write, record, version, 0);
        }

        Check(LmdbNative.Commit(write));
    }

    public void CommitStaged(IReadOnlyList<int[]> batches, long version, Action<int> staged)
    {
        nint write = BeginWrite();
        for (int i = 0; i < batches.Count; i++)
        {
            foreach (int record in batches[i])
            {
                Put(write, record, version, 0);
            }

            staged(i + 1);
        }

        Check(LmdbNative.Commit(write));
    }

    public void ReadVersions(int first, Span<long> versions)
    {
        BeginRead();
        for (int i = 0; i < versions.Length; i++)
        {
            RecordBytes.WriteKey(first + i, _keyBytes.Span);
            LmdbValue key = Key;
            int result = LmdbNative.Get(_read, _database, ref key, out LmdbValue value);
            versions[i] = CheckFound(result) ? Marshal.ReadInt64(value.Data) : -1;
        }

        LmdbNative.Reset(_read);
    }

    public long LookUpEach(ReadOnlySpan<int> records)
    {
        long touched = 0;
        foreach (int record in records)
        {
            BeginRead();
            touched += LookUp(record);
            LmdbNative.Reset(_read);
        }

        return touched;
    }

    public long LookUpTogether(ReadOnlySpan<int> records)
    {
        BeginRead();
        long touched = 0;
        foreach (int record in records)
        {
            touched += LookUp(record);
        }

        LmdbNative.Reset(_read);
        return touched;
    }

    public int Scan()
    {
        BeginRead();
        Check(LmdbNative.CursorOpen(_read, _database, out nint cursor));
        LmdbValue key = default;
        LmdbValue value = default;
        int count = 0;
        int result = LmdbNative.CursorGet(cursor, ref key, ref value, LmdbNative.First);
        while (result == 0)
        {
            count += key.LengthBytes == RecordBytes.KeyLength
                ? (int)RecordBytes.Touch(value.Data, (int)value.LengthBytes)
                : 0;
            result = LmdbNative.CursorGet(cursor, ref key, ref value, LmdbNative.Next);
        }

        CheckFound(result);
        LmdbNative.CursorClose(cursor);
        LmdbNative.Reset(_read);
        return count;
    }

    public long Increment()
    {
        nint write = BeginWrite();
        RecordBytes.WriteKey(CounterRecord, _keyBytes.Span);
        LmdbValue key = Key;
        long next = 1;
        if (CheckFound(LmdbNative.Get(write, _database, ref key, out LmdbValue old)))
        {
            next = Marshal.ReadInt64(old.Data) + 1;
        }

        BitConverter.TryWriteBytes(_valueBytes.Span, next);
        LmdbValue value = Value with { LengthBytes = sizeof(long) };
        Check(LmdbNative.Put(write, _database, ref key, ref value, 0));
        Check(LmdbNative.Commit(write));
        return next;
    }

    public IStore Share() => new LmdbStore(this);

    public void Dispose()
    {
        if (_read != 0)
        {
            LmdbNative.Abort(_read);
        }

        if (!_isShared)
        {
            LmdbNative.EnvironmentClose(_environment);
        }
    }

    private nint BeginWrite()
    {
        Check(LmdbNative.Begin(_environment, 0, 0, out nint write));
        return write;
    }

    private void BeginRead() => Check(_read == 0
        ? LmdbNative.Begin(_environment, 0, LmdbNative.ReadOnly, out _read)
        : LmdbNative.Renew(_read));

    private void Put(nint write, int record, long version, uint flags)
    {
        RecordBytes.WriteKey(record, _keyBytes.Span);
        RecordBytes.WriteValue(record, version, _valueBytes.Span);
        LmdbValue key = Key;
        LmdbValue value = Value;
        Check(LmdbNative.Put(write, _database, ref key, ref value, flags));
    }

    private long LookUp(int record)
    {
        RecordBytes.WriteKey(record, _keyBytes.Span);
        LmdbValue key = Key;
        return CheckFound(LmdbNative.Get(_read, _database, ref key, out LmdbValue value))
            ? RecordBytes.Touch(value.Data, (int)value.LengthBytes)
            : 0;
    }

    private static bool CheckFound(int result)
    {
        if (result == LmdbNative.NotFound)
        {
            return false;
        }

        Check(result);
        return true;
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new IOException(
                $"LMDB: {Marshal.PtrToStringUTF8(LmdbNative.ErrorText(result))} ({result})");
        }
    }
}
