namespace Quire.CrashLab;

/// <summary>
/// The choices of directory entries that no sync of their directory has made certain.
/// </summary>
internal sealed class EntryChoices(DiskState disk, PersistenceModel model)
{
    public void AddTo(List<ChoiceGroup> groups)
    {
        EntryChange[][] changes = Changes();
        if (changes.Length == 0 || model.Entries == EntryPersistence.Lost)
        {
            return;
        }

        if (model.Entries == EntryPersistence.Immediate)
        {
            groups.Add(new ChoiceGroup(
                "all entries", 1, (image, _) => Apply(changes.SelectMany(c => c), image)));
        }
        else if (model.Entries == EntryPersistence.Ordered)
        {
            AddPrefix(groups, changes);
        }
        else
        {
            AddSet(groups, changes);
        }
    }

    /// <summary>What is kept or lost together, in order.</summary>
    private EntryChange[][] Changes() =>
        model.Entries == EntryPersistence.MicroOperations
            ? [.. disk.PendingEntries.Select(change => new[] { change })]
            : [.. disk.PendingEntries.GroupBy(change => change.Number).Select(c => c.ToArray())];

    private void AddPrefix(List<ChoiceGroup> groups, EntryChange[][] changes)
    {
        int forced = changes.Count(IsCertain);
        groups.Add(new ChoiceGroup(
            $"entries up to {changes[^1][0].Path}",
            changes.Length - forced + 1,
            (image, choice) =>
                Apply(changes.Take(forced + choice).SelectMany(change => change), image))
        {
            Describe = () => string.Join(", ", changes.Skip(forced).Select(Text)),
            Missing = choice => string.Join(", ", changes.Skip(forced + choice).Select(Text)),
            Kind = ChoiceKind.Entry,
            Operations = [-1, .. changes.Skip(forced).Select(change => change[0].Number)],
        });
    }

    private void AddSet(List<ChoiceGroup> groups, EntryChange[][] changes)
    {
        foreach (EntryChange[] change in changes)
        {
            bool isCertain = IsCertain(change);
            groups.Add(new ChoiceGroup(
                $"entry {change[0].Path}",
                isCertain ? 1 : 2,
                (image, choice) => Apply(isCertain || choice == 1 ? change : [], image))
            {
                Describe = () => Text(change),
                Kind = ChoiceKind.Entry,
                Operations = isCertain ? [-1] : [-1, change[0].Number],
            });
        }
    }

    /// <summary>Whether the sync of a file has made it certain.</summary>
    private bool IsCertain(EntryChange[] change) => model.FileSync switch
    {
        FileSyncScope.AllEntries => change[0].Number < disk.LastSync,
        FileSyncScope.OwnEntries => change.Any(half =>
            half.Inode is { } inode && half.Number < disk.Inodes[inode].LastSync),
        _ => false,
    };

    private static string Text(EntryChange[] change) => change switch
    {
        [{ Inode: null } removed] => $"removal of {removed.Path}",
        [var added] => $"entry {added.Path}",
        [var added, var removed] => $"rename of {removed.Path} to {added.Path}",
        _ => string.Join(", ", change.Select(half => half.Path)),
    };

    private static void Apply(IEnumerable<EntryChange> changes, DiskImage image)
    {
        foreach (EntryChange change in changes)
        {
            change.ApplyTo(image.Entries);
        }
    }
}
