using System.Globalization;
using System.Text;

namespace Quire.CrashLab;

/// <summary>How a counterexample becomes a test of a project.</summary>
public sealed record XunitTarget
{
    /// <summary>The scenario as a C# expression that the test project understands.</summary>
    public required string ScenarioExpression { get; init; }

    /// <summary>The namespace of the test.</summary>
    public string Namespace { get; init; } = "CrashTests";

    /// <summary>The name of the class.</summary>
    public string ClassName { get; init; } = "CounterexampleTests";

    /// <summary>The name of the method.</summary>
    public string MethodName { get; init; } = "It_fails_as_it_did";

    /// <summary>Namespaces that the expression needs.</summary>
    public IReadOnlyList<string> Usings { get; init; } = [];

    /// <summary>The model as a C# expression; needed for a model that has no name.</summary>
    public string? ModelExpression { get; init; }
}

/// <summary>
/// The source of a test that repeats a counterexample and holds it to the same failure; the table
/// is above it as a comment.
/// </summary>
internal static class XunitSource
{
    private const int ChunkLength = 72;

    public static string Render(Counterexample example, XunitTarget target)
    {
        ReplaySource replay = example.Replay
            ?? throw new InvalidOperationException("It was not made by running a failure.");
        string model = target.ModelExpression ?? replay.ModelExpression
            ?? throw new InvalidOperationException(
                $"'{example.Model}' is not among the named models: say how it is written " +
                $"({nameof(XunitTarget)}.{nameof(XunitTarget.ModelExpression)}).");
        var text = new StringBuilder();
        foreach (string used in target.Usings.Concat(["Quire.CrashLab", "Xunit"])
            .Distinct()
            .OrderBy(name => name, StringComparer.Ordinal))
        {
            Line($"using {used};");
        }

        Line($"\nnamespace {target.Namespace};\n");
        Comment(example);
        Line($"public sealed class {target.ClassName}\n{{");
        Line($"    private const string Token =\n        {Chunks(example.Token)};\n");
        Line($"    [Fact]\n    public void {target.MethodName}()\n    {{");
        Line($"        var options = new {replay.Kind}Options\n        {{");
        Line($"            Model = {model},");
        foreach (string option in replay.Options)
        {
            Line($"            {option},");
        }

        Line("        };");
        Line($"        {replay.Kind}Failure? failure = {replay.Runner}.Replay(");
        Line($"            {target.ScenarioExpression}, Token, options);\n");
        Line("        Assert.NotNull(failure);");
        foreach (string assertion in replay.Assertions)
        {
            Line($"        {assertion}");
        }

        Line("        Assert.Equal(");
        Line($"            {Literal(example.ErrorType)}, failure.Error.GetType().FullName);");
        Line("        Assert.Equal(");
        Line($"            {Chunks(example.ErrorMessage, 16)},");
        Line("            failure.Error.Message);");
        Line("    }\n}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void Comment(Counterexample example)
        {
            foreach (string line in example.ToText(96).TrimEnd('\n').Split('\n'))
            {
                // The token is in the code below.
                if (!line.StartsWith("token: ", StringComparison.Ordinal))
                {
                    Line($"// {line}".TrimEnd());
                }
            }
        }
    }

    /// <summary>A text as a C# literal.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char c in text)
        {
            literal.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                >= ' ' and <= '~' => c.ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            });
        }

        return literal.Append('"').ToString();
    }

    private static string Chunks(string text, int indent = 8) => text.Length == 0
        ? "\"\""
        : string.Join(
            $" +\n{new string(' ', indent)}",
            text.Chunk(ChunkLength).Select(chunk => Literal(new string(chunk))));
}

/// <summary>The C# that repeats a failure.</summary>
/// <param name="Kind">Crash or Schedule, as in the names of the types.</param>
/// <param name="Runner">The type that replays.</param>
/// <param name="ModelExpression">The model; null when it has no name.</param>
/// <param name="Options">Options beside the model, as initialisers.</param>
/// <param name="Assertions">What else to assert.</param>
internal sealed record ReplaySource(
    string Kind,
    string Runner,
    string? ModelExpression,
    IReadOnlyList<string> Options,
    IReadOnlyList<string> Assertions)
{
    public static ReplaySource Of(CrashOptions options)
    {
        List<string> written = Shared(options.Omit, options.LockRules);
        if (options.Fault is { } fault)
        {
            string persistent = fault.IsPersistent ? "true" : "false";
            written.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Fault = new FaultPlan(FaultKind.{fault.Kind}, {fault.Nth})\n            {{\n") +
                $"                IsPersistent = {persistent},\n" +
                $"                SyncFailure = SyncFailure.{fault.SyncFailure},\n            }}");
        }

        return new ReplaySource("Crash", "CrashTest", ModelOf(options.Model), written, []);
    }

    public static ReplaySource Of(ScheduleOptions options, FailureKind kind)
    {
        List<string> written = Shared(options.Omit, options.LockRules);
        if (options.PowerLosses > 0)
        {
            written.Add(string.Create(
                CultureInfo.InvariantCulture, $"PowerLosses = {options.PowerLosses}"));
        }

        return new ReplaySource(
            "Schedule",
            "ScheduleExplorer",
            ModelOf(options.Model),
            written,
            [$"Assert.Equal(FailureKind.{kind}, failure.Kind);"]);
    }

    private static string? ModelOf(PersistenceModel model) =>
        PersistenceModel.All.Contains(model)
            ? $"PersistenceModel.Named({XunitSource.Literal(model.Name)})"
            : null;

    private static List<string> Shared(OperationSite? omit, LockRules rules)
    {
        var written = new List<string>();
        if (omit is not null)
        {
            written.Add(
                $"Omit = new OperationSite({XunitSource.Literal(omit.Kind)}, " +
                $"{XunitSource.Literal(omit.Path)}, {XunitSource.Literal(omit.Step)})");
        }

        if (rules != LockRules.OpenFile)
        {
            written.Add($"LockRules = LockRules.{rules}");
        }

        return written;
    }
}
