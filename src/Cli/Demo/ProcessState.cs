using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>What a process of the demonstration is up to.</summary>
internal enum ProcessPhase
{
    /// <summary>Not heard of yet.</summary>
    Absent,

    /// <summary>A reader that goes through one read transaction after the other.</summary>
    Reading,

    /// <summary>At a step of which its events tell.</summary>
    Stepping,

    /// <summary>Standing still, to be killed.</summary>
    Stopped,

    /// <summary>Killed.</summary>
    Dead,

    /// <summary>Ended.</summary>
    Done,
}

/// <summary>
/// One process as its events have told so far. The live display and the timeline both replay events
/// into it.
/// </summary>
internal sealed class ProcessState(string name)
{
    private readonly LockMode?[] _held = new LockMode?[Enum.GetValues<LockName>().Length];

    public string Name => name;

    public ProcessPhase Phase { get; private set; }

    public ProtocolStep? Step { get; private set; }

    /// <summary>Read transactions so far.</summary>
    public long Reads { get; private set; }

    /// <summary>The edition seen or committed last.</summary>
    public long Edition { get; private set; }

    /// <summary>Pages staged so far.</summary>
    public long Staged { get; private set; }

    public bool IsAlive =>
        Phase is ProcessPhase.Reading or ProcessPhase.Stepping or ProcessPhase.Stopped;

    /// <summary>Whether it is at R2 and main is not to be had.</summary>
    public bool IsWaitingForMain =>
        Phase == ProcessPhase.Stepping && Step == ProtocolStep.R2 && Held(LockName.Main) is null;

    public LockMode? Held(LockName lockName) => _held[(int)lockName];

    /// <summary>
    /// Three places: journal, gate, main. A dot is a lock that is not held. Of a reader whose read
    /// transactions are only counted it is not known when it held main; see the caller.
    /// </summary>
    public string LockLetters()
    {
        if (!IsAlive)
        {
            return "   ";
        }

        char journal = Held(LockName.Journal) is null ? '·' : 'J';
        char gate = Held(LockName.Gate) is null ? '·' : 'G';
        char main = Held(LockName.Main) switch
        {
            LockMode.Exclusive => 'M',
            LockMode.Shared => 'm',
            _ => '·',
        };
        return $"{journal}{gate}{main}";
    }

    public void Apply(DemoEvent told)
    {
        switch (told.Kind)
        {
            case DemoEventKind.Step:
                Phase = ProcessPhase.Stepping;
                Step = told.Step;
                if (Step == ProtocolStep.R7)
                {
                    // After R7 a reader does nothing more but unlock. The unlocking itself is told
                    // an instant late, when a writer may already have told that it has main.
                    _held[(int)LockName.Main] = null;
                }

                break;
            case DemoEventKind.Lock:
                _held[(int)told.Lock!.Value] = told.Mode;
                break;
            case DemoEventKind.Reads:
                Phase = ProcessPhase.Reading;
                Step = null;
                Reads += told.Count;
                Edition = told.Edition;
                Array.Clear(_held);
                break;
            case DemoEventKind.Staged:
                Staged = told.Count;
                break;
            case DemoEventKind.Stopped:
                Phase = ProcessPhase.Stopped;
                Step = told.Step;
                break;
            case DemoEventKind.Killed:
                Phase = ProcessPhase.Dead;
                Array.Clear(_held);
                break;
            case DemoEventKind.Done:
                Phase = ProcessPhase.Done;
                Edition = told.Edition;
                Array.Clear(_held);
                break;
        }
    }
}
