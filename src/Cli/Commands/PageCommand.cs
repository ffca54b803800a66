using System.CommandLine;
using System.Globalization;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire page</c>: looks at one page, or changes it in a transaction of its own. A number that
/// no page can have is a usage error (2); a page that is free is absent (1).
/// </summary>
internal static class PageCommand
{
    private const string New = "new";

    public static Command Create(CommonOptions common)
    {
        Argument<string> file = CommonOptions.FileArgument();
        var number = new Argument<string>("NUMBER")
        {
            Description = "The page; 'new' with --write allocates one and prints its number.",
        };
        var write = new Option<string?>("--write")
        {
            Description = "Replace the payload by a file's bytes, or standard input's for -, " +
                "filled up with zeros.",
            HelpName = "FROM",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write the payload to a file, or to standard output for -.",
            HelpName = "TO",
        };
        var raw = new Option<bool>("--raw")
        {
            Description = "Show the whole page as it lies in the file, sound or not.",
        };
        var free = new Option<bool>("--free") { Description = "Give the page back." };
        var root = new Option<bool>("--root") { Description = "Make the page the root." };
        var command = new Command(
            "page", "Shows a page, or writes, frees or exports it. Each change is one transaction.")
        {
            file, number, write, output, raw, free, root,
        };
        command.SetAction(parsed => Run(
            common.ContextOf(parsed, file),
            new PageRequest(
                parsed.GetRequiredValue(number),
                parsed.GetValue(write),
                parsed.GetValue(output),
                parsed.GetValue(raw),
                parsed.GetValue(free),
                parsed.GetValue(root))));
        HelpWithExamples.Add(
            command,
            "quire page drawing.quire new --write picture.bin",
            "quire page drawing.quire 2",
            "echo hello | quire page drawing.quire 2 --write -",
            "quire page drawing.quire 2 --out - | head -c 5",
            "quire page drawing.quire 0 --raw",
            "quire page drawing.quire 2 --free",
            "quire page drawing.quire new --write picture.bin --root");
        return command;
    }

    private static int Run(CommandContext context, PageRequest request)
    {
        request.ThrowIfContradictory(isNew: request.Number == New);
        PageNumber? page = request.Number == New ? null : Parse(request.Number);
        if (request.Changes)
        {
            return PageChange.Run(context, request, page);
        }

        return request.Raw
            ? PageView.RunRaw(context, request.Out, page!.Value)
            : PageView.Run(context, request.Out, page!.Value);
    }

    private static PageNumber Parse(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value)
            ? new PageNumber(value)
            : throw CommandException.Usage($"'{text}' is no page number and not 'new'.");
}
