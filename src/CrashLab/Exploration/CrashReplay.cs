namespace Quire.CrashLab;

/// <summary>A program that was run on a disk, to be crashed at any of its changes.</summary>
/// <param name="Start">The disk, all of it durable.</param>
/// <param name="Recording">What the program did.</param>
/// <param name="PromisesAfter">What had been promised after a number of changes.</param>
internal sealed record Stage(
    DiskImage Start, Recording Recording, Func<int, Promises> PromisesAfter)
{
    /// <summary>All disks that a power cut after some changes may leave.</summary>
    public CrashStates StatesAfter(int mutations, PersistenceModel model)
    {
        DiskState disk = DiskState.FromImage(Start);
        for (int i = 0; i < mutations; i++)
        {
            disk.Apply(Recording.Mutations[i]);
        }

        Mutation? next = mutations < Recording.Mutations.Count
            ? Recording.Mutations[mutations]
            : null;
        return new CrashStates(disk, model, next);
    }
}

/// <summary>Follows given crashes instead of looking for them.</summary>
internal sealed class CrashReplay(
    CrashOptions options,
    CheckRunner check,
    IFaults? faults,
    ProgressMeter? meter)
{
    /// <summary>
    /// Given a trace of each check, with the crash before it; null when nobody looks.
    /// </summary>
    public Action<CrashPoint, Trace>? Observer { get; init; }

    /// <summary>Crashes a program, and its recovery, and so on.</summary>
    /// <returns>
    /// The first check that fails, with the crashes up to it; null when none does.
    /// </returns>
    /// <exception cref="FormatException">The crashes do not fit the program.</exception>
    public CrashFailure? Run(Stage stage, IReadOnlyList<Crash> crashes)
    {
        var points = new List<CrashPoint>();
        foreach (Crash crash in crashes)
        {
            Promises promises;
            (stage, CrashPoint point, promises) = After(stage, crash);
            points.Add(point);
            if (stage.Recording.Error is { } error)
            {
                return new CrashFailure { Crashes = points, Promises = promises, Error = error };
            }
        }

        return null;
    }

    /// <summary>Cuts the power, and lets the check recover.</summary>
    /// <exception cref="FormatException">The crash does not fit the program.</exception>
    public (Stage Next, CrashPoint Point, Promises Promises) After(Stage stage, Crash crash)
    {
        IReadOnlyList<Mutation> mutations = stage.Recording.Mutations;
        if (crash.Mutations > mutations.Count)
        {
            throw new FormatException(
                $"The token crashes after change {crash.Mutations}, the program makes " +
                $"{mutations.Count}: it has changed since.");
        }

        CrashStates states = stage.StatesAfter(crash.Mutations, options.Model);
        int[] choices = [.. crash.Choices];
        EnsureFits(states, choices);
        DiskImage image = states.ImageOf(choices).ClearPastEnds();
        Promises promises = stage.PromisesAfter(crash.Mutations);
        CrashPoint point = states.Describe(choices, crash.Mutations, mutations);
        Trace? trace = Observer is null ? null : new Trace();
        Observer?.Invoke(point, trace!);
        Recording recovery = check.Check(image, promises, faults, meter, trace: trace);
        return (new Stage(image, recovery, _ => promises), point, promises);
    }

    private static void EnsureFits(CrashStates states, int[] choices)
    {
        bool fits = choices.Length == states.Groups.Count;
        for (int i = 0; fits && i < choices.Length; i++)
        {
            fits = choices[i] < states.Groups[i].Alternatives;
        }

        if (!fits)
        {
            throw new FormatException(
                $"The token makes {choices.Length} choices, the disk has {states.Groups.Count} " +
                $"under {states.Model.Name}: the program, or the model, has changed since.");
        }
    }
}
