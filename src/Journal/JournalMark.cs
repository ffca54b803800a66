namespace Quire.Journal;

/// <summary>A place between two frames of the transaction that is being staged.</summary>
/// <param name="Position">
/// Where the next frame went, in bytes from the beginning of the file.
/// </param>
/// <param name="Chain">The chain value there.</param>
/// <param name="FrameCount">How many frames lie before it.</param>
/// <param name="HoldsHeader">Whether the header is among them.</param>
internal readonly record struct JournalMark(
    long Position, ulong Chain, uint FrameCount, bool HoldsHeader);
