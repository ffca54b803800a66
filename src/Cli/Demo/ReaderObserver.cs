using System.Diagnostics;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>
/// Tells what a reader does without drowning it in messages. A read transaction in which nothing
/// special happens is only counted; one that recovers (R4), finds a new edition (R6) or has to wait
/// is told step by step, with the times at which the steps really happened.
/// </summary>
internal sealed class ReaderObserver : ProtocolObserver, IDisposable
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(20);

    private readonly Lock _mutex = new();
    private readonly ChildVoice _voice;
    private readonly string _name;
    private readonly List<DemoEvent> _transaction = [];
    private readonly Timer _timer;
    private bool _isTold;
    private long _uncounted;
    private long _edition;
    private long _lastEnd;

    public ReaderObserver(ChildVoice voice, string name)
    {
        _voice = voice;
        _name = name;
        _timer = new Timer(_ => Report(), null, ReportInterval, ReportInterval);
    }

    /// <inheritdoc/>
    public override void OnStep(ProtocolStep reached) => Add(
        DemoEvent.Now(_name, DemoEventKind.Step) with { Step = reached },
        isSpecial: reached is ProtocolStep.R4 or ProtocolStep.R6);

    /// <inheritdoc/>
    public override void OnLock(LockName name, LockMode? mode) => Add(
        DemoEvent.Now(_name, DemoEventKind.Lock) with { Lock = name, Mode = mode },
        isSpecial: false);

    /// <summary>The file is open: what it took is told, and not counted.</summary>
    public void EndOpening()
    {
        lock (_mutex)
        {
            EndTransaction();
        }
    }

    /// <summary>A read transaction has ended, and saw one edition.</summary>
    public void EndRead(long edition)
    {
        lock (_mutex)
        {
            // The moment of R7, before main was unlocked: after it a writer may have main.
            DemoEvent? end = _transaction.FindLast(told => told.Step == ProtocolStep.R7);
            _lastEnd = end?.Ticks ?? Stopwatch.GetTimestamp();
            _uncounted++;
            _edition = edition;
            EndTransaction();
        }
    }

    /// <summary>Tells what was counted and not told yet.</summary>
    public void Flush()
    {
        lock (_mutex)
        {
            TellCount();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Add(DemoEvent told, bool isSpecial)
    {
        lock (_mutex)
        {
            _transaction.Add(told);
            if (_isTold)
            {
                _voice.Say(told);
            }
            else if (isSpecial)
            {
                TellTransaction();
            }
        }
    }

    private void Report()
    {
        lock (_mutex)
        {
            TellCount();
            if (!_isTold && _transaction.Count > 0
                && Stopwatch.GetElapsedTime(_transaction[0].Ticks) > LongWait)
            {
                TellTransaction();
            }
        }
    }

    private void EndTransaction()
    {
        if (_isTold)
        {
            TellCount();
        }

        _transaction.Clear();
        _isTold = false;
    }

    private void TellTransaction()
    {
        TellCount();
        _transaction.ForEach(_voice.Say);
        _isTold = true;
    }

    private void TellCount()
    {
        if (_uncounted > 0)
        {
            _voice.Say(new DemoEvent(_lastEnd, _name, DemoEventKind.Reads)
            {
                Count = _uncounted,
                Edition = _edition,
            });
            _uncounted = 0;
        }
    }
}
