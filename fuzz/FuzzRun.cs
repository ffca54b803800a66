namespace Quire.Fuzz;

/// <summary>One damaged pair of files, and all that is needed to make it again.</summary>
/// <param name="Seed">Of this execution alone.</param>
/// <param name="State">What was damaged.</param>
/// <param name="Main">The main file after the damage.</param>
/// <param name="Journal">The journal after the damage.</param>
/// <param name="Legal">What may be read from it; null when its checksums were repaired.</param>
public sealed record FuzzCase(
    int Seed, string State, byte[] Main, byte[] Journal, IReadOnlyList<FileContents>? Legal);

/// <summary>
/// Mutation fuzzing without guidance: valid files in many states, damage in many kinds, and the
/// <see cref="Oracle"/> over each. An execution depends on its seed and nothing else.
/// </summary>
/// <remarks>
/// File ids and salts are drawn by the engine, so the bytes differ from run to run; what is saved
/// for a failure is therefore the files themselves, and the seed says how they came about.
/// </remarks>
public sealed class FuzzRun
{
    private readonly FuzzTarget _target;
    private readonly MemoryDisk _disk = new();
    private readonly List<(FileState State, FileState Other, FileState Old, int PageSize)> _states = [];
    private readonly bool _isSealed;

    public FuzzRun(FuzzTarget target, CommitProtocol protocol = CommitProtocol.Classic)
    {
        _target = target;
        _isSealed = protocol == CommitProtocol.Sealed;
        foreach (int pageSize in (int[])[512, 1024, 4096])
        {
            var factory = new StateFactory(pageSize, protocol: protocol);
            FileState other = new StateFactory(pageSize, flavour: 1, protocol: protocol)
                .KilledAt(ProtocolStep.C5);
            IEnumerable<FileState> states = pageSize == 512
                ? factory.KilledAtEachChange()
                : [factory.KilledAt(ProtocolStep.C3), factory.KilledAt(ProtocolStep.C5)];
            states = states.Append(factory.Clean()).Append(factory.CleanAfterTwo());
            foreach (FileState state in states)
            {
                _states.Add((state, other, factory.Clean(), pageSize));
            }
        }
    }

    /// <summary>Makes the case of a seed.</summary>
    public FuzzCase Make(int seed)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random);
        (FileState state, FileState other, FileState old, int pageSize) =
            _states[random.Next(_states.Count)];
        bool repairs = random.Next(2) == 0;
        bool damagesMain = _target switch
        {
            FuzzTarget.Journal => false,
            FuzzTarget.Both => random.Next(3) > 0,
            _ => true,
        };
        bool damagesJournal = _target switch
        {
            FuzzTarget.Journal => true,
            FuzzTarget.Both => !damagesMain || random.Next(2) == 0,
            _ => false,
        };
        IReadOnlyList<FieldPlace> mainFields = _target == FuzzTarget.Sectors
            ? FieldMap.OfSectors
            : FieldMap.OfMain(state.Main, pageSize);
        IReadOnlyList<FieldPlace> journalFields = FieldMap.OfJournal(state.Journal, pageSize);
        bool setsFields = repairs && random.Next(4) > 0;
        byte[] main = !damagesMain ? [.. state.Main]
            : setsFields || _target == FuzzTarget.Sectors
                ? mutator.SetFields(state.Main, mainFields)
            : mutator.Damage(state.Main, other.Main, mainFields);
        byte[] journal = !damagesJournal ? [.. state.Journal]
            : setsFields ? mutator.SetFields(state.Journal, journalFields)
            : mutator.Damage(state.Journal, other.Journal, journalFields);
        if (repairs)
        {
            Repair(main, damagesMain, journal, damagesJournal, pageSize);
        }

        // A header of the other file brings that file's numbers with it, which is no fault.
        IReadOnlyList<FileContents>? legal =
            repairs ? null : [.. state.Legal, .. other.Legal];
        if (_isSealed && damagesMain && damagesJournal)
        {
            // The last record and the number in the marker's sector, both lost: docs/protocol.md.
            legal = legal is null ? null : [.. legal, .. old.Legal];
        }

        return new FuzzCase(seed, state.Name, main, journal, legal);
    }

    /// <summary>Holds a case against the oracle.</summary>
    /// <exception cref="OracleException">A promise was broken.</exception>
    public Verdict Execute(FuzzCase fuzzCase)
    {
        _disk.Put(FileState.MainPath, fuzzCase.Main);
        _disk.Put(FileState.JournalPath, fuzzCase.Journal);
        return new Oracle(_disk).Judge(fuzzCase.Legal);
    }

    private static void Repair(
        byte[] main, bool damagedMain, byte[] journal, bool damagedJournal, int pageSize)
    {
        if (damagedMain)
        {
            ChecksumRepair.MainFile(main, pageSize);
        }

        if (damagedJournal)
        {
            ChecksumRepair.NameSeal(main, ChecksumRepair.Journal(journal, pageSize));
        }
    }
}
