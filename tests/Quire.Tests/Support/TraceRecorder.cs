using Quire.Worker.Hooks;

namespace Quire.Tests.Support;

/// <summary>
/// Writes down what one open page file does to the outside: steps, and below each the requests that
/// it makes, in the words of <see cref="TraceWords"/>.
/// </summary>
public sealed class TraceRecorder : ProtocolObserver
{
    private readonly List<string> _lines = [];
    private readonly HookedHost _host = new();
    private readonly TraceWords _words;
    private bool _isRecording;

    public TraceRecorder(int pageSize = 4096)
    {
        _words = new TraceWords(pageSize);
        _host.After = OnRequest;
        _host.Before = request => BeforeRequest?.Invoke(request);
    }

    /// <summary>May throw, to end things in the middle of a step.</summary>
    public Action<IoEvent>? BeforeRequest { get; set; }

    /// <summary>The step at which this process "dies"; see <see cref="Die"/>.</summary>
    public ProtocolStep? DieAt { get; set; }

    public HookedHost Hooks => _host;

    public string Text => string.Join('\n', TraceRuns.Collapse(_lines)) + "\n";

    /// <summary>Options that make a page file go through this recorder.</summary>
    public PageFileOptions Options => new()
    {
        PageSize = _words.PageSize,
        Host = _host.Host,
        Observer = this,
        LockTimeout = TimeSpan.Zero,

        // How much time passes between two readers is not the trace's business.
        SharesLooks = false,
    };

    public void Record() => _isRecording = true;

    public void Pause() => _isRecording = false;

    /// <summary>A line of the scenario itself.</summary>
    public void Say(string line)
    {
        if (_isRecording)
        {
            _lines.Add($"-- {line}");
        }
    }

    /// <summary>
    /// All files closed, all locks gone, as when the process is killed. The page file is not
    /// disposed: the dead do not tidy up.
    /// </summary>
    public void Die()
    {
        _isRecording = false;
        _host.DropAllFiles();
        throw new SimulatedDeathException();
    }

    public override void OnStep(ProtocolStep reached)
    {
        if (reached == DieAt)
        {
            Die();
        }

        if (_isRecording)
        {
            _lines.Add(reached.ToString());
        }
    }

    private void OnRequest(IoEvent request, bool answer)
    {
        if (_isRecording && _words.Describe(request, answer) is { } line)
        {
            _lines.Add("  " + line);
        }
    }
}

/// <summary>What a simulated death throws; nobody in the engine knows it.</summary>
public sealed class SimulatedDeathException : Exception;
