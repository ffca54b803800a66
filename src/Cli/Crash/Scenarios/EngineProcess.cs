using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>
/// The engine as it runs in a simulated process: on its files, locks, clock and chance.
/// </summary>
internal static class EngineProcess
{
    /// <summary>The main file of all scenarios.</summary>
    public const string Path = "a";

    /// <summary>
    /// The smallest pages: the fewer sectors, the fewer states for the same protocol.
    /// </summary>
    private const int PageSize = 512;

    /// <summary>Opens the file and announces each step of the protocol to the crash lab.</summary>
    /// <param name="process">Where.</param>
    /// <param name="settings">How.</param>
    /// <param name="mode">Whether the file must exist.</param>
    /// <param name="observer">Watches instead of the crash lab.</param>
    public static PageFile Open(
        SimulatedProcess process,
        EngineSettings settings,
        PageFileMode mode = PageFileMode.OpenExisting,
        ProtocolObserver? observer = null)
    {
        var options = new PageFileOptions
        {
            Mode = mode,
            PageSize = PageSize,
            Protocol = settings.Protocol,
            Host = process.Host,
            Observer = observer ?? new StepAnnouncer(process),

            // A simulated wait ends when the lock is free; what cannot end is found as a deadlock.
            LockTimeout = Timeout.InfiniteTimeSpan,
        };
        return PageFile.Open(Path, settings.Configure?.Invoke(options) ?? options);
    }

    private sealed class StepAnnouncer(SimulatedProcess process) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached) => process.Step($"{reached}");
    }
}
