using System.Numerics;

namespace Quire.CrashLab;

/// <summary>
/// All disks that a crash at one moment may leave under one model: a product of choices, each set
/// of them closed under the model's rules. Counted before anything is built; each state is made
/// from the numbers of its choices.
/// </summary>
internal sealed class CrashStates
{
    private readonly DiskState _disk;
    private readonly List<ChoiceGroup> _groups = [];
    private readonly ChoiceClosure _closure;

    /// <param name="disk">The disk at that moment.</param>
    /// <param name="model">The model.</param>
    /// <param name="inFlight">
    /// The change that was about to be made; null when there is none.
    /// </param>
    public CrashStates(DiskState disk, PersistenceModel model, Mutation? inFlight = null)
    {
        model.EnsureConsistent();
        _disk = disk;
        Model = model;
        AddContents();
        if (model.Unit != PersistenceUnit.GlobalPrefix)
        {
            new EntryChoices(disk, model).AddTo(_groups);
        }

        AddWriteInFlight(inFlight);
        _closure = new ChoiceClosure(_groups, model, Replacements());
        Count = _groups.Aggregate(BigInteger.One, (count, group) => count * group.Alternatives);
    }

    public PersistenceModel Model { get; }

    public IReadOnlyList<ChoiceGroup> Groups => _groups;

    /// <summary>
    /// How many states there are, those counted again that differ only before they are closed.
    /// </summary>
    public BigInteger Count { get; }

    /// <summary>
    /// The choices of the state with a number from 0 to <see cref="Count"/> - 1, closed.
    /// </summary>
    public int[] ChoicesOf(BigInteger number)
    {
        var choices = new int[_groups.Count];
        for (int i = 0; i < choices.Length; i++)
        {
            number = BigInteger.DivRem(number, _groups[i].Alternatives, out BigInteger choice);
            choices[i] = (int)choice;
        }

        _closure.Close(choices);
        return choices;
    }

    /// <summary>A state chosen at random, each choice on its own, then closed.</summary>
    public int[] RandomChoices(Random random)
    {
        int[] choices = [.. _groups.Select(group => random.Next(group.Alternatives))];
        _closure.Close(choices);
        return choices;
    }

    /// <summary>Says in words what a state is.</summary>
    public CrashPoint Describe(int[] choices, int done, IReadOnlyList<Mutation> mutations)
    {
        var persisted = new List<string>();
        var lost = new List<string>();
        for (int i = 0; i < choices.Length; i++)
        {
            if (choices[i] == _groups[i].Alternatives - 1)
            {
                persisted.Add(_groups[i].Label);
            }
            else
            {
                lost.Add(_groups[i].MissingWith(choices[i]));
            }
        }

        string last = done == 0 ? "none" : mutations[done - 1].Text;
        return new CrashPoint(done, last, persisted, lost, choices);
    }

    /// <summary>
    /// Builds the disk of some choices. Choice 0 of every group is what the sync left.
    /// </summary>
    public DiskImage ImageOf(ReadOnlySpan<int> choices)
    {
        var image = new DiskImage(
            [.. _disk.Inodes.Select(inode => inode.Durable.Clone())],
            new Dictionary<string, int>(_disk.DurableEntries, StringComparer.Ordinal));
        for (int i = 0; i < _groups.Count; i++)
        {
            _groups[i].Apply(image, choices[i]);
        }

        return image;
    }

    private void AddContents()
    {
        switch (Model.Unit)
        {
            case PersistenceUnit.Nothing:
                break;
            case PersistenceUnit.Everything:
                _groups.Add(new ChoiceGroup("all changes", 1, (image, _) =>
                {
                    foreach (SimulatedInode inode in _disk.Inodes)
                    {
                        image.Contents[inode.Number] = inode.Cached.Clone();
                    }
                }));
                break;
            case PersistenceUnit.GlobalPrefix:
                new PrefixChoices(_disk, Model).AddAllTo(_groups);
                break;
            case PersistenceUnit.FilePrefix:
                new PrefixChoices(_disk, Model).AddEachFileTo(_groups);
                break;
            case PersistenceUnit.Write:
                foreach (SimulatedInode inode in _disk.Inodes.Where(i => i.Pending.Count > 0))
                {
                    AddWholeChanges(inode, _disk.NameOf(inode));
                }

                break;
            default:
                foreach (SimulatedInode inode in _disk.Inodes)
                {
                    new SectorChoices(_disk, inode, Model).AddTo(_groups);
                }

                break;
        }
    }

    private void AddWholeChanges(SimulatedInode inode, string name)
    {
        foreach (PendingChange change in inode.Pending)
        {
            _groups.Add(new ChoiceGroup($"change {change.Operation}", 2, (image, choice) =>
            {
                if (choice == 1)
                {
                    change.ApplyTo(image.Contents[inode.Number]);
                }
            })
            {
                Describe = () => $"change {change.Operation + 1}, " +
                    (change.IsSetLength ? "the new length" : "what was written") +
                    $" up to byte {change.End} of {name}",
                Kind = ChoiceKind.Data,
                Inode = inode.Number,
                Operations = [-1, change.Operation],
            });
        }
    }

    /// <summary>
    /// A process that is killed inside of a write has made whole blocks of it, from the start. When
    /// the power is cut, the states of the next crash point hold these already.
    /// </summary>
    private void AddWriteInFlight(Mutation? inFlight)
    {
        if (Model is not { Unit: PersistenceUnit.Everything, CutsWrites: true }
            || inFlight is not { Kind: MutationKind.Write } write)
        {
            return;
        }

        long[] ends =
            [.. WriteCut.EndsWithin(write.Offset, write.Offset + write.Bytes.Length)];
        if (ends.Length > 0)
        {
            _groups.Add(new ChoiceGroup(
                $"write {write.Number} in flight", ends.Length + 1, (image, choice) =>
            {
                if (choice > 0)
                {
                    int made = (int)(ends[choice - 1] - write.Offset);
                    image.Contents[write.Inode].Write(write.Offset, write.Bytes.Span[..made]);
                }
            })
            {
                Describe = () => $"all but the last block of {write.Text}",
                Missing = choice => choice == 0
                    ? $"all of {write.Text}"
                    : $"{write.Text} from byte {ends[choice - 1]} on",
            });
        }
    }

    /// <summary>
    /// The pending renames that took the place of a file: mutation to moved inode.
    /// </summary>
    private Dictionary<int, int> Replacements()
    {
        var entries = new Dictionary<string, int>(_disk.DurableEntries, StringComparer.Ordinal);
        var replacements = new Dictionary<int, int>();
        foreach (EntryChange change in _disk.PendingEntries)
        {
            if (change.Inode is { } moved && entries.ContainsKey(change.Path))
            {
                replacements.TryAdd(change.Number, moved);
            }

            change.ApplyTo(entries);
        }

        return replacements;
    }
}
