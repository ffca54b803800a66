namespace Quire.CrashLab;

/// <summary>What a group of choices is about.</summary>
internal enum ChoiceKind
{
    /// <summary>Anything that no rule of closure mentions.</summary>
    Other,

    /// <summary>The bytes of a file, or of one of its sectors.</summary>
    Data,

    /// <summary>The length of a file.</summary>
    Length,

    /// <summary>Directory entries.</summary>
    Entry,
}

/// <summary>One thing about a crash state.</summary>
/// <param name="Name">What is chosen; the same at every crash point.</param>
/// <param name="Alternatives">How many outcomes there are; 0 is what the last sync left.</param>
/// <param name="Apply">Puts an outcome into a disk image.</param>
internal sealed record ChoiceGroup(
    string Name, int Alternatives, Action<DiskImage, int> Apply)
{
    /// <summary>
    /// Says what is chosen, for people; null where the name does. Called for the few states that
    /// are reported.
    /// </summary>
    public Func<string>? Describe { get; init; }

    /// <summary>What is chosen, for people.</summary>
    public string Label => Describe?.Invoke() ?? Name;

    /// <summary>What is missing with an outcome, for people; null to say it in general.</summary>
    public Func<int, string>? Missing { get; init; }

    /// <summary>What it is about.</summary>
    public ChoiceKind Kind { get; init; }

    /// <summary>The file, for bytes and lengths.</summary>
    public int Inode { get; init; } = -1;

    /// <summary>
    /// For each outcome the number of the mutation that brought it about, in ascending order; -1
    /// for what the last sync left. Empty when no rule needs it.
    /// </summary>
    public IReadOnlyList<int> Operations { get; init; } = [];

    /// <summary>
    /// For a length: the mutations that made the file shorter, in ascending order.
    /// </summary>
    public IReadOnlyList<int> Cuts { get; init; } = [];

    /// <summary>Whether bytes lie past an end that the file has had since the last sync.</summary>
    public bool IsPastEnd { get; init; }

    /// <summary>Says what is missing with an outcome that is not the last one.</summary>
    public string MissingWith(int choice) => Missing is not null ? Missing(choice)
        : choice == 0 ? Label
        : $"{Label} (has version {choice} of {Alternatives - 1})";

    /// <summary>The outcome in which everything done up to a mutation has arrived.</summary>
    public int AtLeast(int operation)
    {
        int choice = 0;
        for (int i = 1; i < Operations.Count; i++)
        {
            choice = Operations[i] <= operation ? i : choice;
        }

        return choice;
    }

    /// <summary>
    /// The outcome in which the first of all that a mutation does here has arrived.
    /// </summary>
    public int AtLeastBegun(int operation)
    {
        int choice = AtLeast(operation);
        while (choice > 1 && Operations[choice - 1] == Operations[choice])
        {
            choice--;
        }

        return choice;
    }
}
