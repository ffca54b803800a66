namespace Quire.Collections;

/// <summary>
/// One atomic operation at work: the store's maps in a transaction that is the writer, the stamp of
/// all its changes, and its time.
/// </summary>
/// <remarks>
/// The stamp is drawn here, under the journal lock, from the number that the transaction is going
/// to commit as: so two operations never share one, and no operation that commits later has a
/// lower one, in whatever process. A transaction that draws a stamp must change a page, since one
/// without changes takes no number (<see cref="Complete"/>).
/// </remarks>
internal sealed class StoreSession
{
    private readonly LayeredWriter _entries;
    private readonly LazyMap _expiry;
    private int _expiring;
    private bool _hasChanged;

    private StoreSession(
        WriteTransaction write, string name, long now, Versionstamp stamp, LayeredWriter entries)
    {
        Write = write;
        Name = name;
        Now = now;
        Stamp = stamp;
        _entries = entries;
        _expiry = new LazyMap(write, StoreMaps.Expiry(name));
    }

    public WriteTransaction Write { get; }

    /// <summary>The store's name: that of its first map.</summary>
    public string Name { get; }

    /// <summary>The time of the operation, in milliseconds since 1970.</summary>
    public long Now { get; }

    /// <summary>The stamp of everything that the operation changes.</summary>
    public Versionstamp Stamp { get; }

    /// <summary>The entries with the changes so far.</summary>
    public StoreView View => new(_entries.Reader, Now);

    /// <summary>Begins an operation; makes the store's maps when they are not there.</summary>
    /// <exception cref="InvalidOperationException">
    /// The transaction is not the writer, or has had as many operations as there are stamps.
    /// </exception>
    public static StoreSession Begin(WriteTransaction write, string name, long now)
    {
        ulong number = CommitNumberOf(write);
        int order = MapSpace.Of(write).StampsTaken.GetValueOrDefault(name);
        if (order > ushort.MaxValue)
        {
            throw new InvalidOperationException(
                $"The transaction has had {order} operations of the store \"{name}\"; a commit " +
                $"has stamps for {ushort.MaxValue + 1}.");
        }

        MapWriter main = StoreMaps.Entries(name).In(write);
        StoreMeta meta = StoreAdoption.MetaOf(write, name, main, number);
        var layers = new LazyMap(write, StoreMaps.Layers(name));
        return new StoreSession(
            write,
            name,
            now,
            new Versionstamp(checked(meta.Base + number), (ushort)order),
            new LayeredWriter(main, layers, meta.Cut));
    }

    /// <summary>The time that is so much later, for what expires.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Later than times can be told.</exception>
    public long DueIn(TimeSpan time)
    {
        double due = Now + Math.Ceiling(time.TotalMilliseconds);
        return due <= ExpiryKey.LatestDue
            ? (long)due
            : throw new ArgumentOutOfRangeException(
                nameof(time), time, "The entry would expire after the year 9999.");
    }

    /// <summary>Sets an entry.</summary>
    /// <param name="key">The key, encoded.</param>
    /// <param name="value">The value.</param>
    /// <param name="due">From when on it is no more; null for never.</param>
    public void Set(ReadOnlySpan<byte> key, StoreValue value, long? due)
    {
        ForgetExpiryOf(key);
        ExpiryKey? expiry = due is { } time
            ? new ExpiryKey(time, Stamp, (ushort)_expiring++)
            : null;
        _entries.Put(key, StoreRecord.Write(value.Kind, Stamp, expiry, value.Span));
        if (expiry is { } noted)
        {
            Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
            noted.Write(place);
            _expiry.Writer.Put(place, key);
        }

        _hasChanged = true;
    }

    /// <summary>Takes an entry out.</summary>
    public void Delete(ReadOnlySpan<byte> key)
    {
        if (ForgetExpiryOf(key))
        {
            _entries.Delete(key);
            _hasChanged = true;
        }
    }

    /// <summary>Said by what changes another map of the store in its place.</summary>
    public void MarkChanged() => _hasChanged = true;

    /// <summary>Takes entries out that are due.</summary>
    public void Sweep(int most) =>
        _hasChanged |= StoreSweep.Run(_entries, _expiry, Now, most) > 0;

    /// <summary>
    /// Sees to it that the commit takes the number that the stamp is made of, also when nothing was
    /// to be changed, and that the next operation of the transaction has another stamp.
    /// </summary>
    public void Complete()
    {
        if (!_hasChanged)
        {
            Write.Write(_entries.Reader.Main.Root);
        }

        MapSpace.Of(Write).StampsTaken[Name] = Stamp.Order + 1;
    }

    private static ulong CommitNumberOf(WriteTransaction write)
    {
        // A deferred transaction becomes the writer here and not with its first change: before, it
        // knows no number.
        write.Promote();
        return write.CommitNumber is { } number
            ? number.Value
            : throw new InvalidOperationException(
                $"A transaction in {write.Mode} mode does not know the number that it commits " +
                "as, so it has no versionstamps; use immediate, exclusive or deferred mode.");
    }

    /// <summary>The note on when an entry expires goes with it.</summary>
    /// <returns>Whether there is an entry.</returns>
    private bool ForgetExpiryOf(ReadOnlySpan<byte> key)
    {
        if (!_entries.Reader.TryGet(key, out ReadOnlySpan<byte> bytes))
        {
            return false;
        }

        MapReader main = _entries.Reader.Main;
        if (StoreRecord.TryRead(bytes, out StoreRecord record) is { } problem)
        {
            throw LayeredReader.Corrupt(main, key, problem);
        }

        if (record.Stamp.CommitNumber > Stamp.CommitNumber)
        {
            throw LayeredReader.Corrupt(
                main,
                key,
                $"has stamp {record.Stamp}, above {Stamp} of this commit; were records imported " +
                $"into a store in use? Without the map \"{StoreMaps.Meta(Name).Name}\" it goes " +
                "on above all of them");
        }

        if (record.Expiry is { } expiry)
        {
            Span<byte> place = stackalloc byte[ExpiryKey.Bytes];
            expiry.Write(place);
            if (!_expiry.Exists || !_expiry.Writer.Delete(place))
            {
                throw LayeredReader.Corrupt(
                    main,
                    key,
                    $"expires at {expiry.Due} ms, which \"{_expiry.Name}\" does not have");
            }
        }

        return true;
    }
}
