namespace Quire;

/// <summary>An entry of a list.</summary>
/// <param name="Id">What was added.</param>
/// <param name="Position">
/// Where it is: higher is newer. Given when an entry is added or moved, and never to another entry
/// of a list of this name, even when list or entry were taken out; so a page that begins after a
/// position is the same whatever happens to the entry that had it.
/// </param>
public readonly record struct IndexEntry(string Id, long Position);

/// <summary>A list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many entries it has: one at least, for an empty list is none.</param>
public readonly record struct IndexListInfo(string Name, long Count);
