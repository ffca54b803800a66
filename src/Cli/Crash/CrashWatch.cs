using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Quire.Cli.Output;
using Spectre.Console;

namespace Quire.Cli.Crash;

/// <summary>
/// Watches long work: counts along on a terminal, says nothing when piped, and lets Ctrl-C end it.
/// </summary>
internal sealed class CrashWatch : IProgress<long>, IDisposable
{
    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _interrupt = new();
    private readonly PosixSignalRegistration[] _registrations;
    private StatusContext? _status;
    private string _label = "";
    private string _unit = "";
    private long _drawn;

    public CrashWatch() => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _interrupt.Cancel();
            })),
    ];

    public CancellationToken Interrupted => _interrupt.Token;

    /// <summary>How much was done of the present work.</summary>
    public long Done { get; private set; }

    /// <summary>Does some work under watch.</summary>
    /// <param name="label">What it is.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="work">The work.</param>
    public T Run<T>(string label, string unit, Func<T> work)
    {
        Done = 0;
        (_label, _unit) = (label, unit);
        return Terminal.Progress is not { } console
            ? work()
            : console.Status().Start(Markup.Escape(label), status =>
            {
                _status = status;
                try
                {
                    return work();
                }
                finally
                {
                    _status = null;
                }
            });
    }

    /// <inheritdoc/>
    public void Report(long value)
    {
        Done = value;
        if (_status is { } status && Stopwatch.GetElapsedTime(_drawn) >= DrawInterval)
        {
            _drawn = Stopwatch.GetTimestamp();
            string count = value.ToString("N0", CultureInfo.InvariantCulture);
            status.Status(Markup.Escape($"{_label}: {count} {_unit}"));
        }
    }

    /// <summary>What an interrupted run says of itself.</summary>
    public CommandException Interruption() => CommandException.No(
        $"interrupted in {_label} after " +
        $"{Done.ToString("N0", CultureInfo.InvariantCulture)} {_unit}; nothing was found in these.");

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _interrupt.Dispose();
    }
}
