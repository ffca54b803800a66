using System.CommandLine;
using System.Runtime.InteropServices;
using Quire.Cli.CommandLine;
using Quire.Cli.Demo;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire demo</c>: shows the protocol at work. Whatever happens, no child process and no
/// temporary file is left behind.
/// </summary>
internal static class DemoCommand
{
    public static Command Create(CommonOptions common)
    {
        var file = new Option<string?>("--file")
        {
            Description = "The file to make, which is kept; without it a temporary one is used.",
            HelpName = "PATH",
        };
        var readers = new Option<int>("--readers")
        {
            Description = $"How many readers, {DemoSettings.MinimumReaders} to " +
                $"{DemoSettings.MaximumReaders}.",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        var killAt = new Option<string>("--kill")
        {
            Description = "Kill the first writer just before this step; C5 means amid its writes.",
            HelpName = "STEP",
            DefaultValueFactory = _ => nameof(ProtocolStep.C5),
        };
        var fast = new Option<bool>("--fast") { Description = "Without pauses for reading along." };
        var command = new Command(
            "demo",
            "Shows the protocol at work: a writer is killed in the middle of its commit.")
        {
            file, readers, killAt, fast,
        };
        command.SetAction(parsed => Run(common.ContextOf(parsed), new DemoSettings(
            parsed.GetValue(file),
            CheckReaders(parsed.GetValue(readers)),
            ParseStep(parsed.GetRequiredValue(killAt)),
            parsed.GetValue(fast))));
        HelpWithExamples.Add(
            command,
            "quire demo",
            "quire demo --kill C7       # everything but the marker's clearing is done",
            "quire demo --kill C3       # nothing was committed",
            "quire demo --fast --json | jq -c 'select(.kind == \"lock\")'");
        return command;
    }

    private static int Run(CommandContext context, DemoSettings settings)
    {
        using var interrupt = new CancellationTokenSource();
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupt.Cancel();
        }

        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
        DirectoryInfo? temporary = settings.FilePath is null
            ? Directory.CreateTempSubdirectory("quire-demo-")
            : null;
        try
        {
            string path = settings.FilePath ?? Path.Combine(temporary!.FullName, "book.quire");
            using var story = new DemoStory(
                settings, ScreenFor(context, settings), path, interrupt.Token);
            story.Tell();
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            throw CommandException.No("interrupted.");
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    private static IDemoScreen ScreenFor(CommandContext context, DemoSettings settings)
    {
        if (context.Json)
        {
            return new JsonScreen(context.Terminal, settings.Outcome);
        }

        // On a narrow terminal a table redrawn in place would not stay in place.
        return context.Terminal.IsInteractive
                && context.Styled.Profile.Width >= LiveScreen.MinimumWidth
            ? new LiveScreen(context.Styled, settings.Outcome)
            : new PlainScreen(context.Terminal, settings.Outcome);
    }

    private static int CheckReaders(int readers) =>
        readers is >= DemoSettings.MinimumReaders and <= DemoSettings.MaximumReaders
            ? readers
            : throw CommandException.Usage(
                $"--readers is {readers}; it must be from {DemoSettings.MinimumReaders} to " +
                $"{DemoSettings.MaximumReaders}.");

    private static ProtocolStep ParseStep(string text)
    {
        foreach (ProtocolStep step in DemoSettings.KillSteps)
        {
            if (string.Equals(text, step.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return step;
            }
        }

        throw CommandException.Usage(
            $"--kill is '{text}'; it must be one of {string.Join(' ', DemoSettings.KillSteps)}.");
    }
}
