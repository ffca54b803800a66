using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Quire.Cli.Inspection;

/// <summary>
/// Listens to the engine's messages about recovery and keeps their values: the engine tells a
/// logger what it found and did, and nobody else.
/// </summary>
internal sealed class RecoveryLog : ILogger
{
    /// <summary>
    /// What was found and which row of the recovery table was performed, in order.
    /// </summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>The transaction that was played back, if one was.</summary>
    public (ulong Number, int Frames)? PlayedBack { get; private set; }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            return;
        }

        string Value(string name)
        {
            object? value = values.FirstOrDefault(pair => pair.Key == name).Value;
            return Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        switch (eventId.Name)
        {
            case "Recovering":
                Findings.Add(new Finding(
                    Small(Value("Marker")), Small(Value("Journal")), Value("Detail"),
                    Small(Value("Action"))));
                break;
            case "PlayedBack":
                PlayedBack = (
                    ulong.Parse(Value("Number"), CultureInfo.InvariantCulture),
                    int.Parse(Value("Frames"), CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Small(string name) =>
        name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>One pass of recovery.</summary>
    internal sealed record Finding(string Marker, string Journal, string Detail, string Action);
}
