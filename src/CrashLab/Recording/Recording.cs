namespace Quire.CrashLab;

/// <summary>
/// One run of a program on a simulated computer: what it changed, and what it promised when.
/// </summary>
internal sealed class Recording
{
    private readonly List<PromiseEntry> _promises;
    private KnownPromises? _last;

    private Recording(SimulatedComputer computer, Exception? error)
    {
        Mutations = computer.Mutations;
        IsChanged = computer.IsChanged;
        _promises = computer.PromiseLog;
        Error = error;
    }

    private Recording(Recording other, Exception error)
    {
        Mutations = other.Mutations;
        IsChanged = other.IsChanged;
        _promises = other._promises;
        Error = error;
    }

    /// <summary>What changed, when that was kept.</summary>
    public IReadOnlyList<Mutation> Mutations { get; }

    /// <summary>Whether anything changed.</summary>
    public bool IsChanged { get; }

    /// <summary>What the program threw; null when it ended well.</summary>
    public Exception? Error { get; }

    /// <summary>Runs a program. Whatever it throws is part of the recording.</summary>
    public static Recording Of(SimulatedComputer computer, Action<SimulatedProcess> program)
    {
        SimulatedProcess process = computer.StartProcess("program");
        Exception? error = null;
        try
        {
            program(process);
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            error = thrown;
        }

        return new Recording(computer, error);
    }

    /// <summary>What has been done on a computer so far.</summary>
    public static Recording Made(SimulatedComputer computer) => new(computer, null);

    /// <summary>The same run, found wrong afterwards.</summary>
    public Recording FailedWith(Exception error) => new(this, error);

    /// <summary>What had been promised after a number of changes.</summary>
    /// <remarks>
    /// A promise made after change n and before change n + 1 counts from crash point n on: the
    /// program may have been interrupted just before it, but the stricter reading is the one that
    /// finds acknowledgements that came too early.
    /// </remarks>
    public Promises PromisesAfter(int mutations)
    {
        // Many crash points lie between one promise and the next; theirs are the same.
        int made = 0;
        int end = _promises.Count;
        while (made < end)
        {
            int middle = (made + end) / 2;
            (made, end) = _promises[middle].After <= mutations
                ? (middle + 1, end)
                : (made, middle);
        }

        if (_last is not { } last || last.Made != made)
        {
            last = new KnownPromises(made, new Promises(
                _promises.Take(made).Where(p => !p.IsAcknowledged).Select(p => p.Name),
                _promises.Take(made).Where(p => p.IsAcknowledged).Select(p => p.Name)));
            _last = last;
        }

        return last.Promises;
    }

    /// <summary>Where two runs of one program differ; null when they do not.</summary>
    public string? FirstDifference(Recording other)
    {
        int common = Math.Min(Mutations.Count, other.Mutations.Count);
        for (int i = 0; i < common; i++)
        {
            Mutation mine = Mutations[i];
            Mutation theirs = other.Mutations[i];
            bool isSame = mine.Kind == theirs.Kind
                && mine.Path == theirs.Path
                && mine.NewPath == theirs.NewPath
                && mine.Offset == theirs.Offset
                && mine.Bytes.Span.SequenceEqual(theirs.Bytes.Span);
            if (!isSame)
            {
                return $"change '{mine}' was '{theirs}' the second time, or had other bytes";
            }
        }

        return Mutations.Count == other.Mutations.Count
            ? FirstDifferenceOfPromises(other)
            : $"{Mutations.Count} changes the first time, {other.Mutations.Count} the second";
    }

    private string? FirstDifferenceOfPromises(Recording other)
    {
        for (int i = 0; i < Math.Min(_promises.Count, other._promises.Count); i++)
        {
            if (_promises[i] != other._promises[i])
            {
                return $"{_promises[i]} was {other._promises[i]} the second time";
            }
        }

        return _promises.Count == other._promises.Count
            ? null
            : $"{_promises.Count} promises the first time, {other._promises.Count} the second";
    }

    /// <summary>What the first so many promises add up to.</summary>
    private sealed record KnownPromises(int Made, Promises Promises);
}
