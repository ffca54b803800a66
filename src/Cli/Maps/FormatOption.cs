using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Maps.Records;

namespace Quire.Cli.Maps;

/// <summary>
/// The <c>--format</c> of export and import, and the file that they write or read.
/// </summary>
internal static class FormatOption
{
    /// <summary>Instead of a file: standard output or standard input.</summary>
    public const string StandardStream = "-";

    public static Option<string?> Create()
    {
        var format = new Option<string?>("--format")
        {
            Description = "jsonl (JSON lines) or csv; without it, csv for a file named so.",
        };
        format.AcceptOnlyFromAmong("jsonl", "csv");
        return format;
    }

    public static RecordFormat Of(string? format, string? path)
    {
        format ??= path is not null && path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
            ? "csv"
            : "jsonl";
        return format == "csv" ? RecordFormat.Csv : RecordFormat.JsonLines;
    }

    /// <summary>Null for the standard stream.</summary>
    public static string? PathOf(string? typed) => typed is null or StandardStream ? null : typed;

    /// <summary>Nobody means to write an export over the file that it comes from.</summary>
    public static void ThrowIfSame(CommandContext context, string path)
    {
        string main = RealPath(context.FilePath);
        if (RealPath(path) is var real && (real == main || real == main + "-journal"))
        {
            throw CommandException.Usage($"{path} is the file itself.");
        }
    }

    private static string RealPath(string path) =>
        (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null)
        ?? Path.GetFullPath(path);
}
