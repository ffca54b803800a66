namespace Quire.Pager;

/// <summary>A commit that is one of a group.</summary>
/// <param name="Turn">Whose group.</param>
/// <param name="Group">The group; null for none.</param>
/// <param name="Leads">Whether this transaction sees to it.</param>
internal readonly record struct GroupMember(WriterTurn? Turn, CommitGroup? Group, bool Leads)
{
    /// <summary>
    /// Whether the transaction has nothing in the group, and is told only once that is done,
    /// because it may have read from it.
    /// </summary>
    public bool OnlyStandsOnIt { get; init; }
}
