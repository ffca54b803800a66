namespace Quire.CrashLab;

/// <summary>
/// Makes a failing crash state small: the earliest crash point, and of what was not synced either
/// as little as possible on the disk, or as little as possible lost, whichever takes fewer words.
/// </summary>
/// <remarks>
/// A state counts as the same failure when its check throws the same type. Left out: the workload
/// itself, which is opaque; it is shortened by crashing it earlier.
/// </remarks>
internal sealed class CrashShrinker(CrashReplay replay, Stage first, PersistenceModel model)
{
    public CrashFailure Shrink(CrashFailure failure) => ShrinkLosses(CrashEarlier(failure));

    /// <summary>Leaves the crash points as they are.</summary>
    public CrashFailure ShrinkLosses(CrashFailure failure)
    {
        for (int level = failure.Crashes.Count - 1; level >= 0; level--)
        {
            failure = ChooseLess(failure, level);
        }

        return failure;
    }

    private static List<Crash> CrashesOf(CrashFailure failure) =>
        [.. failure.Crashes.Select(crash => new Crash(crash.Mutations, crash.Choices))];

    /// <summary>Replays crashes; null unless the last of them fails in the same way.</summary>
    private CrashFailure? Fails(IReadOnlyList<Crash> crashes, CrashFailure like)
    {
        try
        {
            CrashFailure? failure = replay.Run(first, crashes);
            return failure?.Error.GetType() == like.Error.GetType() ? failure : null;
        }
        catch (FormatException)
        {
            // Another first crash, and the second one no longer fits.
            return null;
        }
    }

    /// <summary>The stage that the crash of a level interrupts.</summary>
    private Stage StageOf(List<Crash> crashes, int level)
    {
        Stage stage = first;
        for (int i = 0; i < level; i++)
        {
            stage = replay.After(stage, crashes[i]).Next;
        }

        return stage;
    }

    /// <summary>Moves the last crash to the first moment at which a plain state fails.</summary>
    private CrashFailure CrashEarlier(CrashFailure failure)
    {
        List<Crash> crashes = CrashesOf(failure);
        int level = crashes.Count - 1;
        Stage stage = StageOf(crashes, level);
        Dictionary<string, int> chosen = ByName(
            stage.StatesAfter(crashes[level].Mutations, model), crashes[level].Choices);
        int latest = crashes[level].Mutations;
        for (int mutations = 0; mutations < latest; mutations++)
        {
            IReadOnlyList<ChoiceGroup> groups = stage.StatesAfter(mutations, model).Groups;
            int[][] candidates =
            [
                [.. groups.Select(_ => 0)],
                [.. groups.Select(group => group.Alternatives - 1)],
                [
                    .. groups.Select(group => Math.Min(
                        group.Alternatives - 1, chosen.GetValueOrDefault(group.Name, 0))),
                ],
            ];
            foreach (int[] choices in candidates)
            {
                crashes[level] = new Crash(mutations, choices);
                if (Fails(crashes, failure) is { } earlier)
                {
                    return earlier;
                }
            }
        }

        return failure;
    }

    private static Dictionary<string, int> ByName(CrashStates states, IReadOnlyList<int> choices)
    {
        var chosen = new Dictionary<string, int>();
        for (int i = 0; i < choices.Count; i++)
        {
            chosen[states.Groups[i].Name] = choices[i];
        }

        return chosen;
    }

    private CrashFailure ChooseLess(CrashFailure failure, int level)
    {
        List<Crash> crashes = CrashesOf(failure);
        Stage stage = StageOf(crashes, level);
        IReadOnlyList<ChoiceGroup> groups =
            stage.StatesAfter(crashes[level].Mutations, model).Groups;
        int[] lost = new int[groups.Count];
        int[] latest = [.. groups.Select(group => group.Alternatives - 1)];
        (CrashFailure Failure, int Left) less = Towards(failure, level, lost);
        (CrashFailure Failure, int Left) more = Towards(failure, level, latest);
        return less.Left <= more.Left ? less.Failure : more.Failure;
    }

    /// <summary>
    /// Turns choices into plain ones, half of them at a time at first, as long as it still fails.
    /// </summary>
    private (CrashFailure Failure, int Left) Towards(CrashFailure failure, int level, int[] plain)
    {
        List<Crash> crashes = CrashesOf(failure);
        int[] choices = [.. crashes[level].Choices];
        for (int size = choices.Length; size >= 1; size = size == 1 ? 0 : (size + 1) / 2)
        {
            for (int start = 0; start < choices.Length; start += size)
            {
                int end = Math.Min(choices.Length, start + size);
                int[] tried = [.. choices];
                plain.AsSpan(start..end).CopyTo(tried.AsSpan(start));
                if (tried.AsSpan().SequenceEqual(choices))
                {
                    continue;
                }

                crashes[level] = crashes[level] with { Choices = tried };
                if (Fails(crashes, failure) is { } smaller)
                {
                    failure = smaller;
                    choices = tried;
                }
            }
        }

        return (failure, choices.Where((choice, i) => choice != plain[i]).Count());
    }
}
