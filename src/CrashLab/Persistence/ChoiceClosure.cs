namespace Quire.CrashLab;

/// <summary>
/// Adds to a set of persisted changes what a model says must be on disk with them. Every rule only
/// adds, so the closure is reached after finitely many rounds and does not depend on their order.
/// </summary>
internal sealed class ChoiceClosure
{
    private readonly IReadOnlyList<ChoiceGroup> _groups;
    private readonly PersistenceModel _model;
    private readonly ILookup<int, int> _groupsOfInode;
    private readonly Dictionary<int, int> _replacements;
    private readonly int[] _certain;

    /// <param name="groups">All groups of the crash point.</param>
    /// <param name="model">The model.</param>
    /// <param name="replacements">
    /// The renames that replaced a file: mutation to moved inode.
    /// </param>
    public ChoiceClosure(
        IReadOnlyList<ChoiceGroup> groups,
        PersistenceModel model,
        Dictionary<int, int> replacements)
    {
        _groups = groups;
        _model = model;
        _replacements = model.ReplacingRenameBringsData ? replacements : [];
        HashSet<int> open =
        [
            .. groups.Where(group => group.Kind == ChoiceKind.Entry)
                .SelectMany(group => group.Operations),
        ];
        _certain = [.. _replacements.Keys.Where(operation => !open.Contains(operation))];
        _groupsOfInode = Enumerable.Range(0, groups.Count)
            .Where(i => groups[i].Inode >= 0)
            .ToLookup(i => groups[i].Inode);
        IsTrivial = _replacements.Count == 0
            && (model.Length == LengthPersistence.Independent
                || groups.All(group => group.Kind != ChoiceKind.Length));
    }

    /// <summary>Whether every set is closed.</summary>
    public bool IsTrivial { get; }

    /// <summary>Raises choices until the set is closed.</summary>
    public void Close(int[] choices)
    {
        foreach (int operation in _certain)
        {
            BringData(operation, choices);
        }

        bool isChanged = !IsTrivial;
        while (isChanged)
        {
            isChanged = false;
            for (int i = 0; i < _groups.Count; i++)
            {
                isChanged |= _groups[i].Kind switch
                {
                    ChoiceKind.Entry => BringData(_groups[i], choices[i], choices),
                    ChoiceKind.Length when _model.Length == LengthPersistence.DataBeforeSize =>
                        RaiseData(_groups[i], choices[i], choices),
                    ChoiceKind.Data when _model.Length != LengthPersistence.Independent =>
                        RaiseLength(_groups[i], choices[i], choices),
                    _ => false,
                };
            }
        }
    }

    /// <summary>A replacing rename brings all that was written to the moved file before.</summary>
    private bool BringData(ChoiceGroup entries, int choice, int[] choices)
    {
        bool isChanged = false;
        for (int i = 1; i <= choice && i < entries.Operations.Count; i++)
        {
            isChanged |= BringData(entries.Operations[i], choices);
        }

        return isChanged;
    }

    private bool BringData(int rename, int[] choices)
    {
        bool isChanged = false;
        if (_replacements.TryGetValue(rename, out int inode))
        {
            foreach (int group in _groupsOfInode[inode])
            {
                isChanged |= Raise(group, rename, choices);
            }
        }

        return isChanged;
    }

    /// <summary>A length brings what was written past the old end before it.</summary>
    private bool RaiseData(ChoiceGroup length, int choice, int[] choices)
    {
        bool isChanged = false;
        foreach (int group in _groupsOfInode[length.Inode])
        {
            bool isNeeded = _groups[group] is { Kind: ChoiceKind.Data, IsPastEnd: true };
            isChanged |= isNeeded && Raise(group, length.Operations[choice], choices);
        }

        return isChanged;
    }

    /// <summary>
    /// Bytes bring the length that they were written under; where they go first, still the cut
    /// before them: nobody writes into blocks that are about to be given away.
    /// </summary>
    private bool RaiseLength(ChoiceGroup data, int choice, int[] choices)
    {
        bool isChanged = false;
        int operation = data.Operations[choice];
        foreach (int group in _groupsOfInode[data.Inode])
        {
            if (choice == 0 || _groups[group].Kind != ChoiceKind.Length)
            {
                continue;
            }

            int needed = _model.Length == LengthPersistence.SizeBeforeData
                ? operation
                : _groups[group].Cuts.LastOrDefault(cut => cut <= operation, -1);

            // The shortest length will do where a write was cut: it hides the bytes past it.
            isChanged |= RaiseTo(_groups[group].AtLeastBegun(needed), group, choices);
        }

        return isChanged;
    }

    private bool Raise(int group, int operation, int[] choices) =>
        RaiseTo(_groups[group].AtLeast(operation), group, choices);

    private static bool RaiseTo(int least, int group, int[] choices)
    {
        if (choices[group] >= least)
        {
            return false;
        }

        choices[group] = least;
        return true;
    }
}
