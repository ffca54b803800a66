using System.IO.Hashing;

namespace Quire.CrashLab;

/// <summary>
/// One file: what programs read (cached), what its last sync made certain (durable), and the
/// changes since, in order.
/// </summary>
internal sealed class SimulatedInode
{
    private readonly List<PendingChange> _pending = [];
    private readonly DiskTracking _tracking;
    private readonly Dictionary<int, Sector> _former = [];
    private StateHash _formerHistory = new();

    public SimulatedInode(int number, SectorContent content, DiskTracking tracking)
    {
        Number = number;
        Durable = content;
        Cached = content.Clone();
        _tracking = tracking;
    }

    public int Number { get; }

    public SectorContent Cached { get; }

    public SectorContent Durable { get; }

    public IReadOnlyList<PendingChange> Pending => _pending;

    /// <summary>The mutation that synced the file last; -1 when none did.</summary>
    public int LastSync { get; private set; } = -1;

    /// <summary>
    /// What the file held in a sector before it was cut; null when it held nothing.
    /// </summary>
    public Sector? FormerSectorAt(int sector) => _former.GetValueOrDefault(sector);

    /// <summary>
    /// All that was done to the file, in order; started afresh from the bytes at a sync.
    /// </summary>
    public StateHash History { get; private set; } = new();

    public void Write(int operation, long offset, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            // As in POSIX: nothing is written, and the file does not grow to the offset.
            return;
        }

        Cached.Write(offset, bytes.Span);
        if (_tracking == DiskTracking.Nothing)
        {
            return;
        }

        int first = (int)(offset / SectorContent.SectorBytes);
        int end = SectorContent.SectorsFor(offset + bytes.Length);
        var sectors = new Sector?[Math.Max(0, end - first)];
        for (int i = 0; i < sectors.Length; i++)
        {
            sectors[i] = Cached.SectorAt(first + i);
        }

        _pending.Add(new PendingChange(
            operation, first, sectors, Cached.Length, offset + bytes.Length, IsSetLength: false));
        if (_tracking == DiskTracking.DurabilityAndHistory)
        {
            Remember(offset, XxHash128.HashToUInt128(bytes.Span));
        }
    }

    public void SetLength(int operation, long length)
    {
        int before = Cached.SectorCount;
        int first = (int)(length / SectorContent.SectorBytes);
        for (int sector = first; sector < before; sector++)
        {
            if (Cached.SectorAt(sector) is { } cut)
            {
                _former[sector] = cut;
                _formerHistory.Add(sector);
                _formerHistory.Add(cut.Hash);
            }
        }

        // Sectors that were cut off read as zeros if the file grows again.
        Cached.SetLength(length);
        var sectors = new Sector?[Math.Max(0, before - first)];
        for (int i = 0; i < sectors.Length; i++)
        {
            sectors[i] = Cached.SectorAt(first + i);
        }

        _pending.Add(new PendingChange(
            operation, first, sectors, length, length, IsSetLength: true));
        Remember(length, UInt128.MaxValue);
    }

    /// <summary>Makes the pending changes certain.</summary>
    public void Sync(int operation)
    {
        LastSync = operation;
        foreach (PendingChange change in _pending)
        {
            change.ApplyTo(Durable);
        }

        _pending.Clear();
        if (_tracking != DiskTracking.DurabilityAndHistory)
        {
            return;
        }

        // No program can read what was cut off; under some models a power cut brings it back.
        StateHash history = _formerHistory;
        Durable.AddTo(ref history);
        Cached.AddTo(ref history);
        History = history;
    }

    /// <summary>
    /// A sync that failed: what the system does with the changes then, by profile. In no case will
    /// a later sync write them, unless they are made again.
    /// </summary>
    public void FailSync(int operation, SyncFailure profile)
    {
        _pending.Clear();
        if (profile == SyncFailure.PagesDropped)
        {
            Cached.CopyFrom(Durable);
        }
        else if (Cached.Length != Durable.Length)
        {
            // Lengths are written apart from the bytes, and are not given up with them.
            int first = SectorContent.SectorsFor(Cached.Length);
            _pending.Add(new PendingChange(
                operation,
                first,
                new Sector?[Math.Max(0, Durable.SectorCount - first)],
                Cached.Length,
                Cached.Length,
                IsSetLength: true));
        }

        Remember((long)profile, UInt128.MaxValue - 1);
    }

    private void Remember(long where, UInt128 what)
    {
        StateHash history = History;
        history.Add(where);
        history.Add(what);
        History = history;
    }
}

/// <summary>One change of a file that no sync has made certain yet.</summary>
/// <param name="Operation">The number of the mutation.</param>
/// <param name="FirstSector">The first sector that it changed.</param>
/// <param name="Sectors">The changed sectors as they are after it; null stands for zeros.</param>
/// <param name="Length">The length of the file after it.</param>
/// <param name="End">Where the written bytes end, or the length that was set.</param>
/// <param name="IsSetLength">Whether it set the length instead of writing.</param>
internal sealed record PendingChange(
    int Operation,
    int FirstSector,
    Sector?[] Sectors,
    long Length,
    long End,
    bool IsSetLength)
{
    /// <summary>Puts the change into a content, as the system made it.</summary>
    public void ApplyTo(SectorContent content)
    {
        for (int i = 0; i < Sectors.Length; i++)
        {
            content.SetSector(FirstSector + i, Sectors[i]);
        }

        content.SetLengthOnly(IsSetLength ? End : Math.Max(content.Length, End));
    }

    /// <summary>Puts the part of a write before a sector boundary into a content.</summary>
    public void ApplyTo(SectorContent content, long end)
    {
        int sectors = (int)(end / SectorContent.SectorBytes) - FirstSector;
        for (int i = 0; i < sectors; i++)
        {
            content.SetSector(FirstSector + i, Sectors[i]);
        }

        content.SetLengthOnly(Math.Max(content.Length, end));
    }
}

/// <summary>What a simulated disk keeps of its changes; the less, the faster.</summary>
internal enum DiskTracking
{
    /// <summary>Only what programs read: for a run that is not to be crashed.</summary>
    Nothing,

    /// <summary>Also what a power cut may leave.</summary>
    Durability,

    /// <summary>Also what tells the states of a scheduled run apart.</summary>
    DurabilityAndHistory,
}
