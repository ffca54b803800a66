using Microsoft.Extensions.Logging;

namespace Quire.Pager;

/// <summary>
/// What the engine tells a logger: recovery and failures, never normal operation.
/// </summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Information,
        "{Path}: marker {Marker}, journal {Journal} ({Detail}): {Action}")]
    public static partial void Recovering(
        this ILogger logger, string path, string marker, string journal, string detail, string action);

    [LoggerMessage(2, LogLevel.Information,
        "{Path}: transaction {Number} played back from the journal, {Frames} frames")]
    public static partial void PlayedBack(
        this ILogger logger, string path, TransactionNumber number, int frames);

    [LoggerMessage(3, LogLevel.Error, "{Path}: transaction {Number} is in doubt")]
    public static partial void InDoubt(
        this ILogger logger, string path, TransactionNumber number, Exception cause);

    [LoggerMessage(4, LogLevel.Error,
        "{Path}: transaction {Number} is durable, but the journal could not be cleared")]
    public static partial void NotCleared(
        this ILogger logger, string path, TransactionNumber number, Exception cause);

    [LoggerMessage(5, LogLevel.Error,
        "{Path}: transaction {Number} is durable, but main could not be cut to its pages")]
    public static partial void NotCut(
        this ILogger logger, string path, TransactionNumber number, Exception cause);

    [LoggerMessage(6, LogLevel.Warning,
        "{Path}: the system does not tell of all changes of the file; commits of other processes " +
        "are noticed by looking every {Interval}")]
    public static partial void Unwatched(
        this ILogger logger, string path, TimeSpan interval, Exception cause);

    [LoggerMessage(7, LogLevel.Error,
        "{Path}: the log could not be emptied when the file was closed; nothing is lost")]
    public static partial void NotCheckpointed(this ILogger logger, string path, Exception cause);
}
