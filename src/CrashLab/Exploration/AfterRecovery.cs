namespace Quire.CrashLab;

/// <summary>
/// What a recovered program must be good for: being looked at without being changed, being opened
/// again, going on.
/// </summary>
/// <param name="scenario">Says which of these are asked for.</param>
/// <param name="boot">Switches a computer on with a disk.</param>
internal sealed class AfterRecovery(
    CrashScenario scenario, Func<DiskImage, SimulatedComputer> boot)
{
    /// <summary>
    /// Runs the read-only check on what a crash left, before anything has recovered it. It may fail
    /// there, but must not change anything.
    /// </summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    public Exception? LookBefore(DiskImage image, Promises promises)
    {
        if (scenario.ReadOnlyCheck is not { } look)
        {
            return null;
        }

        Recording recording = Recording.Of(boot(image), process => look(process, promises));
        return recording.Error as ProgramHangsException
            ?? (Exception?)Change(recording, "before recovery");
    }

    /// <summary>Performs the follow-up checks of a scenario on what a check has left.</summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    public Exception? Run(DiskState recovered, Promises promises)
    {
        if (scenario is { ReadOnlyCheck: null, Continue: null, ChecksTwice: false })
        {
            return null;
        }

        DiskImage image = recovered.CachedImage();
        return Look(image, promises) ?? CheckAgain(image, promises) ?? GoOn(image, promises);
    }

    private InvalidOperationException? Look(DiskImage image, Promises promises)
    {
        if (scenario.ReadOnlyCheck is not { } look)
        {
            return null;
        }

        Recording recording = Recording.Of(boot(image), process => look(process, promises));
        return Change(recording, "after recovery")
            ?? Wrap("in the read-only check after the check", recording.Error);
    }

    private static InvalidOperationException? Change(Recording recording, string when) =>
        recording.Mutations.Count == 0
            ? null
            : new InvalidOperationException(
                $"The read-only check changed something {when}: {recording.Mutations[0]}" +
                $" ({recording.Mutations.Count} changes)");

    private InvalidOperationException? CheckAgain(DiskImage image, Promises promises)
    {
        if (!scenario.ChecksTwice)
        {
            return null;
        }

        Recording recording = Recording.Of(
            boot(image), process => scenario.Check(process, promises));
        return Wrap("when checked a second time", recording.Error);
    }

    private InvalidOperationException? GoOn(DiskImage image, Promises promises)
    {
        if (scenario.Continue is not { } program)
        {
            return null;
        }

        SimulatedComputer computer = boot(image);
        Recording recording = Recording.Of(computer, program);
        if (recording.Error is not null)
        {
            return Wrap("while going on after recovery", recording.Error);
        }

        Promises later = recording.PromisesAfter(int.MaxValue);
        var all = new Promises(
            promises.Begun.Concat(later.Begun),
            promises.Acknowledged.Concat(later.Acknowledged),
            promises.Begun.Count);
        Recording end = Recording.Of(
            boot(computer.Disk.CachedImage()), process => scenario.Check(process, all));
        return Wrap("after going on after recovery", end.Error);
    }

    private static InvalidOperationException? Wrap(string when, Exception? error) =>
        error is null ? null : new InvalidOperationException($"Wrong {when}: {error.Message}", error);
}
