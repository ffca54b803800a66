using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Quire.Cli.Output;

/// <summary>
/// Standard output and standard error. On a terminal text is coloured; piped, it is plain and as
/// wide as it needs to be.
/// </summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>Piped text is never wrapped.</summary>
    private const int UnboundedWidth = 4000;

    private readonly Stream _stream;

    public Terminal()
    {
        IsInteractive = !Console.IsOutputRedirected;
        _stream = OpenOutput();
        Text = IsInteractive
            ? Console.Out
            : new StreamWriter(_stream, new UTF8Encoding(false), 16 * 1024) { NewLine = "\n" };
        Styled = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Text),
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!IsInteractive)
        {
            Styled.Profile.Width = UnboundedWidth;
        }
    }

    /// <summary>Whether a person is watching standard output.</summary>
    public bool IsInteractive { get; }

    /// <summary>Plain text for standard output.</summary>
    public TextWriter Text { get; }

    /// <summary>The same, with colours and tables.</summary>
    public IAnsiConsole Styled { get; }

    /// <summary>
    /// Standard output, for bytes as they are; what is waiting in <see cref="Text"/> goes first.
    /// </summary>
    public Stream Output
    {
        get
        {
            Text.Flush();
            return _stream;
        }
    }

    /// <summary>A place for progress bars, or null when nobody would see them.</summary>
    public static IAnsiConsole? Progress =>
        Console.IsErrorRedirected || Console.IsOutputRedirected
            ? null
            : AnsiConsole.Create(new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(Console.Error),
            });

    /// <summary>Writes bytes to standard output as they are.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Text.Flush();
        _stream.Write(bytes);
        _stream.Flush();
    }

    /// <summary>Writes an error: one line, whatever the message holds.</summary>
    public void WriteError(string message)
    {
        try
        {
            Text.Flush();
        }
        catch (Exception failed) when (failed is OutputClosedException or IOException)
        {
            // The error still has its own way out.
        }

        string[] lines = message.Split(
            ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Console.Error.WriteLine($"quire: {string.Join(' ', lines)}");
    }

    public void Flush() => Text.Flush();

    public void Dispose() => _stream.Dispose();

    /// <summary>
    /// The console's own stream keeps silent when the other end of a pipe is closed, and a listing
    /// of a large file would go on for nobody. A pipe is therefore written to directly.
    /// </summary>
    private static OutputStream OpenOutput()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            try
            {
                var pipe = new FileStream(
                    new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
                if (!pipe.CanSeek)
                {
                    return new OutputStream(pipe);
                }

                // A regular file: written through the console, which shares the file's position
                // with the programs before and after us.
                pipe.Dispose();
            }
            catch (Exception unusual) when (unusual is IOException or ArgumentException
                or UnauthorizedAccessException)
            {
                // Closed from the start, or something that is no pipe and no file.
            }
        }

        return new OutputStream(Console.OpenStandardOutput());
    }
}
