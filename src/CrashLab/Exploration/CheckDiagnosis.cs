namespace Quire.CrashLab;

/// <summary>
/// Tells whether a check can be relied on, by showing it what it must accept (the files as the
/// workload left them, nothing lost) and what it must not (no files; files full of garbage).
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
        DiskState disk = DiskState.FromImage(workload.Start);
        foreach (Mutation mutation in workload.Recording.Mutations)
        {
            disk.Apply(mutation);
        }

        Promises promises = workload.PromisesAfter(int.MaxValue);
        DiskImage end = disk.CachedImage();
        var findings = new List<CheckFinding>();
        AddUndamaged(Run(end), Run(end), findings);
        if (promises.Acknowledged.Count > 0)
        {
            Add(CheckFindingKind.AcceptsEmptyDisk, Run(new DiskImage([], [])));
            if (HasBytes(end))
            {
                Add(CheckFindingKind.AcceptsGarbage, Run(Garbage(end)));
            }
        }

        return new CheckDiagnosis { Findings = findings };

        // Null when the check stands still.
        Recording? Run(DiskImage image) => pool.Run(
            1,
            (_, _, meter) => (Recording?)check.Check(image, promises, faults: null, meter),
            _ => null)[0];

        void Add(CheckFindingKind kind, Recording? damaged)
        {
            if (Hang(damaged) is { } hang)
            {
                findings.Add(hang);
            }
            else if (damaged!.Error is null)
            {
                findings.Add(new CheckFinding(
                    kind, $"although {promises.Acknowledged.Count} promises were acknowledged"));
            }
        }
    }

    private static CheckFinding? Hang(Recording? recording) => recording switch
    {
        null => new CheckFinding(CheckFindingKind.Hangs, "it stands still"),
        { Error: ProgramHangsException hang } =>
            new CheckFinding(CheckFindingKind.Hangs, hang.Message),
        _ => null,
    };

    private static void AddUndamaged(
        Recording? once, Recording? again, List<CheckFinding> findings)
    {
        if (Hang(once) is { } hang)
        {
            findings.Add(hang);
            return;
        }

        if (once!.Error is { } error)
        {
            findings.Add(new CheckFinding(
                CheckFindingKind.RejectsUndamaged, $"{error.GetType().Name}: {error.Message}"));
        }

        if (again is not null && once.FirstDifference(again) is { } difference)
        {
            findings.Add(new CheckFinding(CheckFindingKind.IsNotRepeatable, difference));
        }
    }

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
        CheckFindingKind.Hangs => $"it hangs ({Details})",
        _ => $"it does not do the same every time ({Details})",
    };
}

/// <summary>The ways in which a check can be no good.</summary>
public enum CheckFindingKind
{
    /// <summary>It fails on the files as the workload left them.</summary>
    RejectsUndamaged,

    /// <summary>It passes when all files are gone although something was acknowledged.</summary>
    AcceptsEmptyDisk,

    /// <summary>It passes when all files hold garbage although something was acknowledged.</summary>
    AcceptsGarbage,

    /// <summary>It performs more operations than the options allow.</summary>
    Hangs,

    /// <summary>It changes the disk in another way when it is run again.</summary>
    IsNotRepeatable,
}
