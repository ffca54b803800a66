using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>A file with a key-value store, and a clock that a test sets.</summary>
internal sealed class StoreFile : IDisposable
{
    public StoreFile(int pageSize = 512, int sweepBatch = 16)
    {
        Maps = new MapFile(pageSize);
        Options = new KeyValueStoreOptions { Clock = Clock, SweepBatch = sweepBatch };
    }

    public MapFile Maps { get; }

    public PageFile File => Maps.File;

    public TestClock Clock { get; } = new();

    public KeyValueStoreOptions Options { get; }

    public KeyValueStore Store => new(File, Options);

    public static StoreValue Json(string json) => StoreValue.FromJsonText(json);

    public static StoreValue Number(ulong number) => StoreValue.FromUInt64(number);

    /// <summary>The file's commits so far.</summary>
    public ulong Commits => File.GetInfo().TransactionNumber.Value;

    /// <summary>How many records one of the store's maps has.</summary>
    public long CountOf(string suffix)
    {
        using ReadTransaction read = File.BeginRead();
        return read.Map("kv" + suffix).Count;
    }

    /// <summary>Changes the maps behind the store's back.</summary>
    public void Damage(Action<WriteTransaction> change)
    {
        using WriteTransaction write = File.BeginWrite();
        change(write);
        write.Commit();
    }

    public void Dispose()
    {
        Assert.NotNull(Maps.Verify());
        Maps.Dispose();
    }
}

/// <summary>A clock that stands still until it is told to go, in either direction.</summary>
internal sealed class TestClock : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public void Step(TimeSpan by) => _now += by;

    public override DateTimeOffset GetUtcNow() => _now;
}
