using Quire.Journal;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Pager;

/// <summary>The planted bugs that take more than a line, kept out of the protocol's way.</summary>
internal static class PlantedMistakes
{
    /// <summary>
    /// <see cref="PlantedBug.PositionNotReset"/>: moves the writer behind the frames that a dead
    /// one has left, by staging the same once more.
    /// </summary>
    public static void StageLeftover(WriterSide side, JournalWriter journal, FileHeader header)
    {
        JournalScan left = JournalScan.Read(side.Journal, header.FileId, header.PageSize);
        foreach (JournalFrame frame in left.Frames)
        {
            byte[] image = new byte[frame.Length];
            JournalWriter.ReadImage(side.Journal, frame, image);
            journal.Append(frame.Kind, frame.Page, image);
        }
    }

    /// <summary>
    /// <see cref="PlantedBug.ReaderIgnoresGate"/>: locks under which the gate looks free.
    /// </summary>
    public sealed class WithoutGate(IByteRangeLocks locks) : IByteRangeLocks
    {
        public LockCapabilities Capabilities => locks.Capabilities | LockCapabilities.Probe;

        public bool TryAcquire(LockRange range, LockMode mode) => locks.TryAcquire(range, mode);

        public void Release(LockRange range) => locks.Release(range);

        public bool IsRefused(LockRange range, LockMode mode) =>
            range != LockBytes.RangeOf(LockName.Gate) && locks.IsRefused(range, mode);

        public void WaitForChange(LockRange range, LockMode mode, TimeSpan atMost) =>
            locks.WaitForChange(range, mode, atMost);

        public IReadOnlyList<LockHolder> FindHolders(LockRange range) => locks.FindHolders(range);
    }
}
