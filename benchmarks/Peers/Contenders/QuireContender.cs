namespace Quire.Peers.Contenders;

/// <summary>Quire in one of its commit protocols.</summary>
internal sealed class QuireContender(CommitProtocol protocol) : IContender
{
    private const string Map = "records";

    public string Name { get; } =
        protocol == CommitProtocol.Classic ? "Quire classic" : "Quire sealed";

    public ContenderKind Kind => ContenderKind.Quire;

    public Durability Durability => Durability.PowerCut;

    public string MainFile => "records.quire";

    private PageFileOptions Options => new()
    {
        PageSize = RecordBytes.PageSize,
        Protocol = protocol,
        LockTimeout = TimeSpan.FromMinutes(1),
    };

    public string? WhyMissing(string folder)
    {
        try
        {
            Open(folder, RecordBytes.CacheBytes).Dispose();
            return null;
        }
        catch (NotSupportedException problem)
        {
            return problem.Message;
        }
    }

    public IStore Open(string folder, int cacheBytes = RecordBytes.CacheBytes) =>
        Open(folder, Options with { CacheBytes = cacheBytes });

    /// <summary>Opens it with somebody who watches its steps.</summary>
    public IStore Open(string folder, ProtocolObserver observer) =>
        Open(folder, Options with { Observer = observer });

    /// <summary>
    /// Whether a process that is gone was applying a commit: the marker of docs/format.md.
    /// </summary>
    public bool IsMarkerSet(string folder)
    {
        const int offset = 512 + 8;
        byte[] marker = new byte[sizeof(ulong)];
        using var main = new FileStream(
            Path.Combine(folder, MainFile), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        main.Position = offset;
        main.ReadExactly(marker);
        return BitConverter.ToUInt64(marker) != 0;
    }

    private QuireStore Open(string folder, PageFileOptions options) =>
        new(PageFile.Open(Path.Combine(folder, MainFile), options), isShared: false);

    private sealed class QuireStore(PageFile file, bool isShared) : IStore
    {
        private readonly CounterSet _counters = new(file);
        private readonly byte[] _key = new byte[RecordBytes.KeyLength];
        private readonly byte[] _value = new byte[RecordBytes.ValueLength];

        public void Load(int count)
        {
            using WriteTransaction write = file.BeginWrite();
            using (MapLoader loader = write.Map(Map).BeginLoad())
            {
                for (int i = 0; i < count; i++)
                {
                    RecordBytes.WriteKey(i, _key);
                    RecordBytes.WriteValue(i, 0, _value);
                    loader.Add(_key, _value);
                }

                loader.Complete();
            }

            write.Commit();
        }

        public void Commit(ReadOnlySpan<int> records, long version)
        {
            using WriteTransaction write = file.BeginWrite();
            MapWriter map = write.Map(Map);
            foreach (int record in records)
            {
                RecordBytes.WriteKey(record, _key);
                RecordBytes.WriteValue(record, version, _value);
                map.Put(_key, _value);
            }

            write.Commit();
        }

        public void CommitStaged(
            IReadOnlyList<int[]> batches, long version, Action<int> staged)
        {
            using WriteTransaction write = file.BeginWrite();
            MapWriter map = write.Map(Map);
            for (int i = 0; i < batches.Count; i++)
            {
                foreach (int record in batches[i])
                {
                    RecordBytes.WriteKey(record, _key);
                    RecordBytes.WriteValue(record, version, _value);
                    map.Put(_key, _value);
                }

                staged(i + 1);
            }

            write.Commit();
        }

        public void ReadVersions(int first, Span<long> versions)
        {
            using ReadTransaction read = file.BeginRead();
            MapReader map = read.Map(Map);
            for (int i = 0; i < versions.Length; i++)
            {
                RecordBytes.WriteKey(first + i, _key);
                versions[i] = map.TryGet(_key, out ReadOnlySpan<byte> value)
                    ? RecordBytes.VersionOf(value)
                    : -1;
            }
        }

        public long LookUpEach(ReadOnlySpan<int> records)
        {
            long touched = 0;
            foreach (int record in records)
            {
                using ReadTransaction read = file.BeginRead();
                touched += LookUp(read.Map(Map), record);
            }

            return touched;
        }

        public long LookUpTogether(ReadOnlySpan<int> records)
        {
            using ReadTransaction read = file.BeginRead();
            MapReader map = read.Map(Map);
            long touched = 0;
            foreach (int record in records)
            {
                touched += LookUp(map, record);
            }

            return touched;
        }

        public int Scan()
        {
            using ReadTransaction read = file.BeginRead();
            int count = 0;
            foreach (MapEntry entry in read.Map(Map).Scan())
            {
                count += entry.Key.Length == RecordBytes.KeyLength
                    ? (int)RecordBytes.Touch(entry.Value)
                    : 0;
            }

            return count;
        }

        public long Increment() => _counters.Increment("counter");

        public IStore Share() => new QuireStore(file, isShared: true);

        public void Dispose()
        {
            if (!isShared)
            {
                file.Dispose();
            }
        }

        private long LookUp(MapReader map, int record)
        {
            RecordBytes.WriteKey(record, _key);
            return map.TryGet(_key, out ReadOnlySpan<byte> value) ? RecordBytes.Touch(value) : 0;
        }
    }
}
