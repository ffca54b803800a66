namespace Quire.CrashLab;

/// <summary>
/// Tells whether a check can be relied on, by showing it what it must accept (the files as the
/// workload left them, nothing lost) and what it must not (no files; files full of garbage; the
/// files as they were before the workload).
/// </summary>
public sealed record CheckDiagnosis
{
    /// <summary>What is wrong; empty when nothing is.</summary>
    public required IReadOnlyList<CheckFinding> Findings { get; init; }

    /// <summary>Whether nothing is wrong with the check.</summary>
    public bool IsSound => Findings.Count == 0;

    /// <summary>Throws what is wrong with the check, if anything is.</summary>
    /// <exception cref="InvalidOperationException">The check is no good.</exception>
    public void ThrowIfUnsound()
    {
        if (!IsSound)
        {
            throw new InvalidOperationException(
                $"The check itself is no good: {string.Join("; ", Findings)}");
        }
    }

    internal static CheckDiagnosis Of(CheckRunner check, WatchedPool pool, Stage workload)
    {
        Promises promises = workload.PromisesAfter(int.MaxValue);
        DiskImage end = EndOf(workload);
        var findings = new List<CheckFinding>();
        Recording? undamaged = Run(end);
        if (Hang(undamaged) is { } endless)
        {
            return new CheckDiagnosis { Findings = [endless] };
        }

        AddUndamaged(undamaged!, Run(end), findings);
        int acknowledged = promises.Acknowledged.Count;
        int prepared = workload.Start.Entries.Count;
        string although = $"although {acknowledged} promises were acknowledged" +
            (prepared > 0 ? $" and {prepared} files were there from the start" : "");
        var empty = new DiskImage([], []);
        if (acknowledged > 0 || prepared > 0)
        {
            Add(CheckFindingKind.AcceptsEmptyDisk, although, Run(empty));
        }

        if (acknowledged > 0 && HasBytes(end))
        {
            Add(CheckFindingKind.AcceptsGarbage, although, Run(Garbage(end)));
        }

        if (acknowledged > 0 && workload.Start.Key(promises, 0) != end.Key(promises, 0))
        {
            Add(CheckFindingKind.AcceptsLostWork, although, Run(workload.Start));
        }

        if (acknowledged + prepared == 0 && Accepts(Run(empty)) && Accepts(Run(Garbage(end))))
        {
            findings.Add(new CheckFinding(
                CheckFindingKind.NothingToFailFor,
                $"of {promises.Begun.Count} promises 0 were acknowledged"));
        }

        return new CheckDiagnosis { Findings = findings };

        // Null when the check stands still.
        Recording? Run(DiskImage image) => pool.Run(
            1,
            (_, _, meter) => (Recording?)check.Check(image, promises, faults: null, meter),
            _ => null)[0];

        void Add(CheckFindingKind kind, string details, Recording? damaged)
        {
            if (Hang(damaged) is { } hang)
            {
                findings.Add(hang);
            }
            else if (Accepts(damaged))
            {
                findings.Add(new CheckFinding(kind, details));
            }
        }
    }

    /// <summary>The files as the workload left them, nothing lost.</summary>
    private static DiskImage EndOf(Stage workload)
    {
        DiskState disk = DiskState.FromImage(workload.Start);
        foreach (Mutation mutation in workload.Recording.Mutations)
        {
            disk.Apply(mutation);
        }

        return disk.CachedImage();
    }

    private static bool Accepts(Recording? recording) => recording is { Error: null };

    private static CheckFinding? Hang(Recording? recording) => recording switch
    {
        null => new CheckFinding(CheckFindingKind.Hangs, "it stands still"),
        { Error: ProgramHangsException hang } =>
            new CheckFinding(CheckFindingKind.Hangs, hang.Message),
        _ => null,
    };

    private static void AddUndamaged(
        Recording once, Recording? again, List<CheckFinding> findings)
    {
        if ((once.Error ?? again?.Error) is { } error)
        {
            findings.Add(new CheckFinding(
                CheckFindingKind.RejectsUndamaged, $"{error.GetType().Name}: {error.Message}"));
        }

        if (again is not null && DifferenceOf(once, again) is { } difference)
        {
            findings.Add(new CheckFinding(CheckFindingKind.IsNotRepeatable, difference));
        }
    }

    private static string? DifferenceOf(Recording once, Recording again) =>
        once.FirstDifference(again) ?? (once.Error?.Message == again.Error?.Message
            ? null
            : $"it {Outcome(once)} the first time and {Outcome(again)} the second");

    private static string Outcome(Recording recording) =>
        recording.Error is { } error ? $"threw '{error.Message}'" : "passed";

    private static bool HasBytes(DiskImage image) =>
        image.Entries.Values.Any(inode => image.Contents[inode].Length > 0);

    private static DiskImage Garbage(DiskImage image)
    {
        var random = new Random(1);
        SectorContent[] contents =
        [
            .. image.Contents.Select(content =>
            {
                byte[] bytes = new byte[content.Length];
                random.NextBytes(bytes);
                var garbage = new SectorContent();
                garbage.Write(0, bytes);
                return garbage;
            }),
        ];
        return image with { Contents = contents };
    }
}

/// <summary>Something that is wrong with a check.</summary>
/// <param name="Kind">What.</param>
/// <param name="Details">How it showed.</param>
public sealed record CheckFinding(CheckFindingKind Kind, string Details)
{
    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        CheckFindingKind.RejectsUndamaged =>
            $"it fails although nothing was lost ({Details})",
        CheckFindingKind.AcceptsEmptyDisk => $"it accepts an empty disk, {Details}",
        CheckFindingKind.AcceptsGarbage => $"it accepts files full of garbage, {Details}",
        CheckFindingKind.AcceptsLostWork =>
            $"it accepts the files as they were before the workload, {Details}",
        CheckFindingKind.NothingToFailFor =>
            $"it accepts an empty disk and files full of garbage, and cannot do otherwise: {Details}",
        CheckFindingKind.Hangs => $"it hangs ({Details})",
        _ => $"it does not do the same every time ({Details})",
    };
}

/// <summary>The ways in which a check can be no good.</summary>
public enum CheckFindingKind
{
    /// <summary>It fails on the files as the workload left them.</summary>
    RejectsUndamaged,

    /// <summary>
    /// It passes when all files are gone although something was acknowledged, or there from the
    /// start.
    /// </summary>
    AcceptsEmptyDisk,

    /// <summary>
    /// It passes when all files hold garbage although something was acknowledged.
    /// </summary>
    AcceptsGarbage,

    /// <summary>It performs more operations than the options allow, or stands still.</summary>
    Hangs,

    /// <summary>
    /// It changes the disk in another way, or throws something else, when it is run again.
    /// </summary>
    IsNotRepeatable,

    /// <summary>
    /// It passes when all that the workload did is lost although something was acknowledged: it
    /// does not look at the promises.
    /// </summary>
    AcceptsLostWork,

    /// <summary>
    /// It passes whatever is there, and nothing was acknowledged: was
    /// <see cref="SimulatedProcess.Acknowledge"/> forgotten?
    /// </summary>
    NothingToFailFor,
}
