namespace Quire.CrashLab;

/// <summary>
/// The choices when changes reach the disk in order: how many of them did, of one file or of the
/// whole computer, and where the last one was cut.
/// </summary>
internal sealed class PrefixChoices(DiskState disk, PersistenceModel model)
{
    /// <summary>One choice for all files and directory entries.</summary>
    public void AddAllTo(List<ChoiceGroup> groups)
    {
        List<Stage> stages = [];
        foreach (SimulatedInode inode in disk.Inodes)
        {
            stages.AddRange(StagesOf(inode));
        }

        foreach (IGrouping<int, EntryChange> atomic in disk.PendingEntries
            .GroupBy(change => change.Number))
        {
            stages.Add(new Stage(atomic.Key, image =>
            {
                foreach (EntryChange change in atomic)
                {
                    change.ApplyTo(image.Entries);
                }
            }));
        }

        // Stable: the cuts of a write stay before its end.
        Stage[] ordered = [.. stages.OrderBy(stage => stage.Operation)];

        // What was done before a sync of anything was on disk when it returned.
        int forced = ordered.Count(stage => stage.Operation < disk.LastSync);
        Add(groups, "changes of all files", -1, ordered, forced);
    }

    /// <summary>A choice for each file.</summary>
    public void AddEachFileTo(List<ChoiceGroup> groups)
    {
        foreach (SimulatedInode inode in disk.Inodes)
        {
            Add(
                groups,
                $"changes of {disk.NameOf(inode)}",
                inode.Number,
                [.. StagesOf(inode)],
                forced: 0);
        }
    }

    private static void Add(
        List<ChoiceGroup> groups, string name, int inode, Stage[] stages, int forced)
    {
        if (stages.Length == 0)
        {
            return;
        }

        groups.Add(new ChoiceGroup(name, stages.Length - forced + 1, (image, choice) =>
        {
            foreach (Stage stage in stages.Take(forced + choice))
            {
                stage.Apply(image);
            }
        })
        {
            Describe = () => $"all {name}",
            Missing = choice =>
                $"the {name} after the first {choice} of {stages.Length - forced} unsynced ones",
            Kind = ChoiceKind.Data,
            Inode = inode,
            Operations = [-1, .. stages.Skip(forced).Select(stage => stage.Operation)],
        });
    }

    private IEnumerable<Stage> StagesOf(SimulatedInode inode)
    {
        foreach (PendingChange change in inode.Pending)
        {
            if (model.CutsWrites && !change.IsSetLength)
            {
                long start = (long)change.FirstSector * SectorContent.SectorBytes;
                foreach (long end in WriteCut.EndsWithin(start, change.End))
                {
                    yield return new Stage(
                        change.Operation,
                        image => change.ApplyTo(image.Contents[inode.Number], end));
                }
            }

            yield return new Stage(
                change.Operation,
                image => change.ApplyTo(image.Contents[inode.Number]));
        }
    }

    /// <summary>One more thing on disk.</summary>
    private sealed record Stage(int Operation, Action<DiskImage> Apply);
}

/// <summary>
/// Where a write can be cut short: systems copy and write whole blocks of a file.
/// </summary>
internal static class WriteCut
{
    private const int BlockBytes = 4096;

    /// <summary>The block boundaries inside of a write.</summary>
    public static IEnumerable<long> EndsWithin(long start, long end)
    {
        for (long cut = ((start / BlockBytes) + 1) * BlockBytes; cut < end; cut += BlockBytes)
        {
            yield return cut;
        }
    }
}
