namespace Quire.CrashLab;

/// <summary>A failure run again, with everything that was done up to it.</summary>
/// <param name="Title">What went wrong, in a line.</param>
/// <param name="Processes">The names of the processes under test.</param>
/// <param name="Program">What they did.</param>
/// <param name="Checks">
/// Each check that ran after them, with the power cut before it; null when power held.
/// </param>
/// <param name="Promises">What had been promised.</param>
/// <param name="Error">What was thrown.</param>
/// <param name="Token">The token.</param>
internal sealed record FailureTrace(
    string Title,
    IReadOnlyList<string> Processes,
    Trace Program,
    IReadOnlyList<TracedCheck> Checks,
    Promises Promises,
    Exception Error,
    string Token);

/// <summary>A check with what was left to it.</summary>
/// <param name="Cut">The power cut before it; null when power held.</param>
/// <param name="Check">What the check did.</param>
internal sealed record TracedCheck(CrashPoint? Cut, Trace Check);
