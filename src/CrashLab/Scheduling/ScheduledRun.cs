using System.Runtime.ExceptionServices;
using Quire.Storage;

namespace Quire.CrashLab;

/// <summary>
/// One run of several programs as processes of one simulated computer, one operation at a time, in
/// an order that a strategy decides.
/// </summary>
/// <remarks>
/// Exactly one thread has the turn. It decides who is next each time it comes to an operation, so a
/// process that goes on with its own next operation costs no switch of threads. A process that is
/// chosen for the first time performs its first operation at once: what it does before that, nobody
/// else can tell.
/// </remarks>
internal sealed class ScheduledRun : IOperationControl, IDisposable
{
    private readonly IScheduleStrategy _strategy;
    private readonly List<Slot> _slots = [];
    private readonly List<ScheduleEvent> _events = [];
    private readonly SemaphoreSlim _ended = new(0);
    private ExceptionDispatchInfo? _strategyError;
    private Slot? _unwinding;
    private volatile bool _isUnwinding;
    private volatile bool _isAbandoned;

    private ScheduledRun(SimulatedComputer computer, IScheduleStrategy strategy)
    {
        Computer = computer;
        _strategy = strategy;
        computer.Control = this;
    }

    public SimulatedComputer Computer { get; }

    public IReadOnlyList<ScheduleEvent> Events => _events;

    public RunEnd End { get; private set; } = RunEnd.Finished;

    /// <summary>What a process threw, when the run failed.</summary>
    public Exception? Error { get; private set; }

    /// <summary>The process that threw, or hangs.</summary>
    public SimulatedProcess? FailedProcess { get; private set; }

    /// <summary>The process that had the turn before this decision; null at the start.</summary>
    public int? Current { get; private set; }

    public int KillCount { get; private set; }

    public int PreemptionCount { get; private set; }

    /// <summary>How many processes there are; they have the numbers from 1.</summary>
    public int ProcessCount => _slots.Count;

    /// <summary>
    /// Tells apart the global states of a run. Of a process that is gone it does not matter any
    /// more who it was and what it did, only what that left on the disk, and what was promised.
    /// </summary>
    /// <param name="withOrder">Whether the order of changes of different files matters.</param>
    /// <param name="killed">
    /// A process to be taken for killed, so as to see what that leads to.
    /// </param>
    public UInt128 StateKey(bool withOrder, int killed = 0)
    {
        var key = new StateHash();
        key.Add(Computer.DiskKey(withOrder));

        // Interchangeable processes have no order, so what they add up to must not have one either.
        UInt128 processes = UInt128.Zero;
        for (int process = 1; process <= _slots.Count; process++)
        {
            processes = unchecked(processes + KeyOf(process, process == killed));
        }

        key.Add(processes);
        return key.Value;
    }

    /// <summary>Tells apart what a process is at; the same for interchangeable ones.</summary>
    public UInt128 KeyOf(int process, bool isKilled = false)
    {
        Slot slot = _slots[process - 1];
        var key = new StateHash();
        if (isKilled || slot.HasEnded)
        {
            key.Add(isKilled || slot.Process.IsKilled ? -2L : -1L);
        }
        else
        {
            key.Add(slot.Role);
            key.Add(slot.Next is null ? 0L : 1L);
            key.Add(slot.Process.History.Value);
        }

        return key.Value;
    }

    public bool IsAlive(int process) => !_slots[process - 1].HasEnded;

    /// <summary>Whether a process has begun: only then can it be killed.</summary>
    public bool HasBegun(int process) => _slots[process - 1].Next is not null;

    /// <summary>Whether a process is alive and can go on.</summary>
    public bool IsRunnable(int process) => IsRunnable(_slots[process - 1]);

    /// <summary>Whether a process pauses until a lock is free.</summary>
    public bool IsWaiting(int process) =>
        _slots[process - 1].Next is { Kind: OperationKind.Wait };

    /// <summary>Whether the decision is possible now.</summary>
    public bool IsPossible(ScheduleEvent decision) => decision.Process <= _slots.Count
        && IsAlive(decision.Process)
        && (decision.Kind == ScheduleEventKind.Kill
            ? HasBegun(decision.Process)
            : IsRunnable(decision.Process));

    /// <summary>Runs the programs to the end that the strategy gives them.</summary>
    /// <param name="computer">A fresh computer.</param>
    /// <param name="programs">The programs.</param>
    /// <param name="strategy">Decides the order.</param>
    /// <param name="threads">One for each program. Lost when the run ends as hung.</param>
    /// <param name="hangAfter">For how long nothing may happen.</param>
    public static ScheduledRun Execute(
        SimulatedComputer computer,
        IReadOnlyList<NamedProgram> programs,
        IScheduleStrategy strategy,
        IReadOnlyList<ProcessThread> threads,
        TimeSpan hangAfter)
    {
        var run = new ScheduledRun(computer, strategy);
        for (int i = 0; i < programs.Count; i++)
        {
            run._slots.Add(new Slot(
                computer.StartProcess(programs[i].Name), threads[i], RoleOf(programs, i)));
        }

        for (int i = 0; i < programs.Count; i++)
        {
            Slot slot = run._slots[i];
            Action<SimulatedProcess> program = programs[i].Program;
            slot.Thread.Start(() => run.Play(slot, program));
        }

        run.PassTurn(null);
        run.AwaitEnd(hangAfter);
        computer.Control = null;
        run._strategyError?.Throw();
        return run;
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();

    /// <inheritdoc/>
    public void Before(SimulatedProcess process, in Operation operation)
    {
        Slot slot = _slots[process.Number - 1];
        if (!slot.Thread.IsCurrent)
        {
            throw new InvalidOperationException(
                $"{process.Name} performs an operation on another thread than its own. A scheduled " +
                "process has one thread; whatever it starts must not touch the computer.");
        }

        if (_isUnwinding || operation.IsPrivate)
        {
            return;
        }

        slot.Next = operation;
        if (slot.IsFirst)
        {
            slot.IsFirst = false;
            return;
        }

        if (!PassTurn(slot))
        {
            slot.Thread.AwaitTurn();
        }
    }

    /// <inheritdoc/>
    public void Defied(SimulatedProcess process)
    {
        FailedProcess = process;
        Abandon($"{process.Name} was killed and goes on: it handles ProcessKilledException.");
        _ended.Release();
    }

    /// <summary>The number that interchangeable processes share.</summary>
    private static int RoleOf(IReadOnlyList<NamedProgram> programs, int index) =>
        !programs[index].IsInterchangeable
            ? index
            : programs.TakeWhile(other => !other.IsInterchangeable
                || other.Program != programs[index].Program).Count();

    private void Play(Slot slot, Action<SimulatedProcess> program)
    {
        try
        {
            if (!slot.Process.IsKilled)
            {
                program(slot.Process);
            }
        }
        catch (ProcessKilledException)
        {
            // The end of a process that was killed.
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            if (!slot.Process.IsKilled && !_isUnwinding)
            {
                End = RunEnd.Failed;
                Error = error;
                FailedProcess = slot.Process;
            }
        }

        if (_isAbandoned)
        {
            return;
        }

        Computer.CloseFilesOf(slot.Process);
        slot.HasEnded = true;
        if (slot.Killer is { } killer)
        {
            slot.Killer = null;
            killer.Release();
        }
        else if (!_isUnwinding)
        {
            PassTurn(null);
        }
    }

    /// <summary>Decides who goes on, and hands over.</summary>
    /// <returns>True when the caller itself goes on.</returns>
    private bool PassTurn(Slot? caller)
    {
        while (true)
        {
            if (_isAbandoned)
            {
                return true;
            }

            if (End == RunEnd.Failed)
            {
                return Unwind(caller);
            }

            if (_slots.TrueForAll(static slot => slot.HasEnded))
            {
                _ended.Release();
                return false;
            }

            if (!_slots.Exists(static slot => IsRunnable(slot)))
            {
                End = RunEnd.Deadlock;
                return Unwind(caller);
            }

            if (Choose() is not { } next)
            {
                End = RunEnd.Stopped;
                return Unwind(caller);
            }

            _events.Add(next);
            Slot chosen = _slots[next.Process - 1];
            if (next.Kind == ScheduleEventKind.Run)
            {
                return Switch(caller, chosen);
            }

            KillCount++;
            Computer.Kill(chosen.Process);
            Computer.Trace?.AddKill(Computer, chosen.Process);
            if (chosen == caller)
            {
                // Its thread unwinds from here and passes the turn when it has ended.
                return true;
            }

            AwaitEndOf(chosen);
        }
    }

    /// <summary>
    /// Asks the strategy. What it throws must not reach the program whose thread happens to ask.
    /// </summary>
    private ScheduleEvent? Choose()
    {
        try
        {
            return _strategy.Choose(this);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            _strategyError = ExceptionDispatchInfo.Capture(error);
            return null;
        }
    }

    /// <summary>Lets the thread of a killed process unwind.</summary>
    private void AwaitEndOf(Slot killed)
    {
        var gone = new SemaphoreSlim(0);
        _unwinding = killed;
        killed.Killer = gone;
        killed.Thread.HandTurn();
        gone.Wait();
        _unwinding = null;
    }

    private bool Switch(Slot? caller, Slot chosen)
    {
        bool preempts = Current is { } current
            && current != chosen.Process.Number
            && IsRunnable(_slots[current - 1]);
        PreemptionCount += preempts ? 1 : 0;
        Current = chosen.Process.Number;
        if (chosen == caller)
        {
            return true;
        }

        chosen.Thread.HandTurn();
        return false;
    }

    /// <summary>
    /// Ends the run early: every process that is left is killed, one after the other.
    /// </summary>
    private bool Unwind(Slot? caller)
    {
        _isUnwinding = true;
        foreach (Slot slot in _slots)
        {
            if (slot.HasEnded)
            {
                continue;
            }

            Computer.Kill(slot.Process);
            if (slot != caller)
            {
                AwaitEndOf(slot);
            }

            if (_isAbandoned)
            {
                return true;
            }
        }

        if (caller is null)
        {
            _ended.Release();
            return false;
        }

        // The caller's own thread unwinds last and tells that the run is over.
        caller.Killer = _ended;
        return true;
    }

    /// <summary>Waits for the end, and gives the run up when nothing happens any more.</summary>
    private void AwaitEnd(TimeSpan hangAfter)
    {
        TimeSpan atMost = System.Diagnostics.Debugger.IsAttached
            ? Timeout.InfiniteTimeSpan
            : hangAfter;
        long seen = -1;
        while (!_ended.Wait(atMost))
        {
            long now = Computer.Meter?.Count ?? 0;
            if (now == seen)
            {
                FailedProcess = (_unwinding ?? (Current is { } current ? _slots[current - 1] : null))
                    ?.Process;
                Abandon(WatchedPool.StandsStill(hangAfter).Message);
                return;
            }

            seen = now;
        }
    }

    /// <summary>Lets every thread go its way, to its end if it can.</summary>
    private void Abandon(string why)
    {
        _isUnwinding = true;
        _isAbandoned = true;
        End = RunEnd.Hung;
        Error = new ProgramHangsException(why);
        foreach (Slot slot in _slots)
        {
            slot.Process.IsKilled = true;
            slot.Thread.Abandon();
            slot.Killer?.Release();
        }
    }

    /// <summary>
    /// A process that pauses for a lock is runnable when the lock would be granted.
    /// </summary>
    private static bool IsRunnable(Slot slot) => !slot.HasEnded
        && (slot.Next is not { Kind: OperationKind.Wait, File: { } file } wait
            || file.WouldBeGranted(new LockRange(wait.Offset, wait.Length), wait.Mode));

    private sealed class Slot(SimulatedProcess process, ProcessThread thread, int role)
    {
        public SimulatedProcess Process => process;

        public int Role => role;

        public ProcessThread Thread => thread;

        /// <summary>The operation it is about to perform; null before it has begun.</summary>
        public Operation? Next { get; set; }

        /// <summary>Whether its next operation is its first.</summary>
        public bool IsFirst { get; set; } = true;

        public bool HasEnded { get; set; }

        /// <summary>Who waits for the end of this process; null when nobody does.</summary>
        public SemaphoreSlim? Killer { get; set; }
    }
}
