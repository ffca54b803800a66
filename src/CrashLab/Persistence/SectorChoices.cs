namespace Quire.CrashLab;

/// <summary>
/// The choices of one file when each sector may hold any version issued since the last sync, not
/// only the first or the last, and the length goes its own way.
/// </summary>
internal sealed class SectorChoices(
    DiskState disk, SimulatedInode inode, PersistenceModel model)
{
    private readonly int _sectorsPerUnit = model.SectorBytes / SectorContent.SectorBytes;
    private readonly LostSectors _lost = new(disk, inode, model.Fill);
    private string _name = "";

    public void AddTo(List<ChoiceGroup> groups)
    {
        if (inode.Pending.Count == 0)
        {
            return;
        }

        _name = disk.NameOf(inode);
        long shortest = Math.Min(
            inode.Durable.Length, inode.Pending.Min(change => change.Length));
        SortedDictionary<int, List<UnitVersion>> versions = Versions();
        foreach ((int unit, List<UnitVersion> issued) in versions)
        {
            groups.Add(new ChoiceGroup(
                $"file {inode.Number} sector {(long)unit * model.SectorBytes}",
                issued.Count,
                (image, choice) =>
                    SetUnit(image.Contents[inode.Number], unit, issued[choice].Sectors))
            {
                Describe = () => BytesOf(unit),
                Kind = ChoiceKind.Data,
                Inode = inode.Number,
                Operations = [.. issued.Select(version => version.Operation)],
                IsPastEnd = (unit + 1L) * model.SectorBytes > shortest,
            });
        }

        if (model.MayTear)
        {
            AddTears(groups, versions);
        }

        if (model.MayDamageNeighbours)
        {
            AddDamage(groups);
        }

        AddLengths(groups);
    }

    /// <summary>Each touched unit with its versions, the durable one first.</summary>
    private SortedDictionary<int, List<UnitVersion>> Versions()
    {
        var versions = new SortedDictionary<int, List<UnitVersion>>();
        SectorContent content = inode.Durable.Clone();
        foreach (PendingChange change in inode.Pending)
        {
            if (change.Sectors.Length == 0)
            {
                continue;
            }

            int first = change.FirstSector / _sectorsPerUnit;
            int last = (change.FirstSector + change.Sectors.Length - 1) / _sectorsPerUnit;
            for (int unit = first; unit <= last; unit++)
            {
                if (!versions.ContainsKey(unit))
                {
                    versions.Add(unit, [new UnitVersion(-1, UnitOf(content, unit, true))]);
                }
            }

            for (int i = 0; i < change.Sectors.Length; i++)
            {
                content.SetSector(change.FirstSector + i, change.Sectors[i]);
            }

            for (int unit = first; unit <= last; unit++)
            {
                Sector?[] sectors = UnitOf(content, unit, isDurable: false);
                if (!versions[unit][^1].Sectors.AsSpan().SequenceEqual(sectors))
                {
                    versions[unit].Add(new UnitVersion(change.Operation, sectors));
                }
            }
        }

        return versions;
    }

    private Sector?[] UnitOf(SectorContent content, int unit, bool isDurable)
    {
        var sectors = new Sector?[_sectorsPerUnit];
        for (int i = 0; i < sectors.Length; i++)
        {
            int sector = (unit * _sectorsPerUnit) + i;
            bool isLost = isDurable && sector >= inode.Durable.SectorCount;
            sectors[i] = isLost ? _lost.At(sector) : content.SectorAt(sector);
        }

        return sectors;
    }

    private void AddLengths(List<ChoiceGroup> groups)
    {
        var issued = new List<(int Operation, long Length)> { (-1, inode.Durable.Length) };
        var cuts = new List<int>();
        foreach (PendingChange change in inode.Pending)
        {
            if (change.Length < issued[^1].Length)
            {
                cuts.Add(change.Operation);
            }

            if (model.CutsWrites && !change.IsSetLength)
            {
                issued.AddRange(WriteCut.EndsWithin(issued[^1].Length, change.Length)
                    .Select(length => (change.Operation, length)));
            }

            if (change.Length != issued[^1].Length)
            {
                issued.Add((change.Operation, change.Length));
            }
        }

        groups.Add(new ChoiceGroup(
            $"file {inode.Number} length",
            issued.Count,
            (image, choice) =>
            {
                // What lies past the end cannot be read, also not when the file grows again.
                SectorContent content = image.Contents[inode.Number];
                content.SetLengthOnly(issued[choice].Length);
                content.ClearPastLength();
            })
        {
            Describe = () => $"length {issued[^1].Length} of {_name}",
            Missing = choice =>
                $"length {issued[^1].Length} of {_name} (has {issued[choice].Length})",
            Kind = ChoiceKind.Length,
            Inode = inode.Number,
            Operations = [.. issued.Select(length => length.Operation)],
            Cuts = cuts,
        });
    }

    /// <summary>
    /// None torn, or one: one half from one version, the other from the durable one.
    /// </summary>
    private void AddTears(
        List<ChoiceGroup> groups, SortedDictionary<int, List<UnitVersion>> versions)
    {
        (int Unit, Sector?[] Torn)[] tears =
        [
            .. versions.SelectMany(pair => pair.Value.Skip(1).SelectMany(version =>
                new[]
                {
                    (pair.Key, Tear(version.Sectors, pair.Value[0].Sectors)),
                    (pair.Key, Tear(pair.Value[0].Sectors, version.Sectors)),
                })),
        ];
        groups.Add(new ChoiceGroup(
            $"no torn sector in file {inode.Number}",
            tears.Length + 1,
            (image, choice) =>
            {
                // The last outcome is that nothing is torn: that is what a report calls persisted.
                if (choice < tears.Length)
                {
                    SetUnit(
                        image.Contents[inode.Number], tears[choice].Unit, tears[choice].Torn);
                }
            })
        {
            Describe = () => $"every sector of {_name} untorn",
            Missing = choice => $"one half of {BytesOf(tears[choice].Unit)} (torn)",
        });
    }

    /// <summary>
    /// The unwritten sectors of one block that was being written, damaged or not.
    /// </summary>
    private void AddDamage(List<ChoiceGroup> groups)
    {
        const int SectorsPerBlock = 4096 / SectorContent.SectorBytes;
        HashSet<int> written =
        [
            .. inode.Pending.SelectMany(change =>
                Enumerable.Range(change.FirstSector, change.Sectors.Length)),
        ];
        int[][] blocks =
        [
            .. written.Select(sector => sector / SectorsPerBlock).Distinct().Order()
                .Select(block => Enumerable.Range(block * SectorsPerBlock, SectorsPerBlock)
                    .Where(s => !written.Contains(s) && s < inode.Durable.SectorCount).ToArray())
                .Where(neighbours => neighbours.Length > 0),
        ];
        groups.Add(new ChoiceGroup(
            $"no damaged neighbour in file {inode.Number}",
            blocks.Length + 1,
            (image, choice) =>
            {
                foreach (int sector in choice < blocks.Length ? blocks[choice] : [])
                {
                    image.Contents[inode.Number].SetSector(sector, LostSectors.Garbage(sector));
                }
            })
        {
            Describe = () => $"what lay beside the writes to {_name}",
            Missing = choice =>
                $"the {blocks[choice].Length} sectors of 512 bytes that were not written in the " +
                $"block at {blocks[choice][0] / SectorsPerBlock * 4096} of {_name}",
        });
    }

    private static Sector?[] Tear(Sector?[] head, Sector?[] tail)
    {
        byte[] bytes = Flatten(tail);
        Flatten(head).AsSpan(0, bytes.Length / 2).CopyTo(bytes);
        return [.. bytes.Chunk(SectorContent.SectorBytes).Select(sector => new Sector(sector))];
    }

    private static byte[] Flatten(Sector?[] sectors) =>
        [.. sectors.SelectMany(sector => sector?.Bytes ?? new byte[SectorContent.SectorBytes])];

    private string BytesOf(int unit)
    {
        long start = (long)unit * model.SectorBytes;
        return $"bytes {start} to {start + model.SectorBytes - 1} of {_name}";
    }

    private void SetUnit(SectorContent content, int unit, Sector?[] sectors)
    {
        for (int i = 0; i < sectors.Length; i++)
        {
            content.SetSector((unit * _sectorsPerUnit) + i, sectors[i]);
        }
    }

    /// <summary>What a unit held after a mutation.</summary>
    private sealed record UnitVersion(int Operation, Sector?[] Sectors);
}

/// <summary>
/// What is found in the sectors by which a file grew, where their bytes were lost.
/// </summary>
internal sealed class LostSectors(DiskState disk, SimulatedInode inode, LostBytes fill)
{
    public Sector? At(int sector) => fill switch
    {
        LostBytes.Garbage => Garbage(sector),
        LostBytes.Old => inode.FormerSectorAt(sector),
        LostBytes.Stale => Stale(sector),
        _ => null,
    };

    public static Sector Garbage(int sector)
    {
        byte[] bytes = new byte[SectorContent.SectorBytes];
        new Random(sector).NextBytes(bytes);
        return new Sector(bytes);
    }

    private Sector Stale(int sector)
    {
        HashSet<int> named = [.. disk.Entries.Values];
        return disk.Inodes
            .Where(other => other != inode)
            .OrderBy(other => named.Contains(other.Number))
            .ThenBy(other => other.Number)
            .Select(other => other.Cached.SectorAt(sector) ?? other.FormerSectorAt(sector))
            .FirstOrDefault(found => found is not null) ?? Garbage(sector);
    }
}
