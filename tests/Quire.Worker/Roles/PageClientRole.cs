using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>page-client</c>: one page file at a time, worked by lines; it can be told to stop for ever at
/// a step of the protocol or before a write, where the parent then kills it.
/// </summary>
/// <remarks>
/// <code>
///   arm STEP               stop at the step, after saying "at STEP"
///   arm-write K [half]     stop before the K-th write of main (from 1), or halfway through it
///   open PATH [MS]         open with this lock timeout; 30 s by default
///   read                   one read transaction                       ->  NUMBER
///   write NUMBER [PAGES]   one write transaction, growing by PAGES    ->  committed NUMBER
///   begin-read, end-read, begin, stage NUMBER [PAGES], commit, rollback, verify, close
/// </code>
/// Every command is answered by one line, an exception with "error TYPE: MESSAGE".
/// </remarks>
internal sealed class PageClientRole : ProtocolObserver
{
    private readonly HookedHost _host = new();
    private ProtocolStep? _stopAt;
    private int _mainWrites;
    private int? _stopBeforeWrite;
    private bool _stopHalfway;
    private PageFile? _file;
    private ReadTransaction? _read;
    private WriteTransaction? _write;

    public static int Run(string[] args)
    {
        var client = new PageClientRole();
        client._host.Before = client.OnRequest;
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(client.Answer(line));
        }

        client.Perform(["close"]);
        return 0;
    }

    public override void OnStep(ProtocolStep reached)
    {
        if (reached == _stopAt)
        {
            StopForEver($"at {reached}");
        }
    }

    private static void StopForEver(string announcement)
    {
        Console.WriteLine(announcement);
        Thread.Sleep(Timeout.Infinite);
    }

    private void OnRequest(IoEvent request)
    {
        if (!request.IsMainWrite || ++_mainWrites != _stopBeforeWrite)
        {
            return;
        }

        if (_stopHalfway)
        {
            request.File!.Write(request.Offset, request.Bytes.Span[..(request.Bytes.Length / 2)]);
        }

        StopForEver("at write");
    }

    private string Answer(string line)
    {
        try
        {
            return Perform(line.Split(' '));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return $"error {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";
        }
    }

    private string Perform(string[] words)
    {
        switch (words[0])
        {
            case "arm":
                _stopAt = Enum.Parse<ProtocolStep>(words[1]);
                return "armed";
            case "arm-write":
                _mainWrites = 0;
                _stopBeforeWrite = Number(words, 1, 1);
                _stopHalfway = words.Length > 2;
                return "armed";
            case "open":
                _file = PageFile.Open(words[1], new PageFileOptions
                {
                    LockTimeout = TimeSpan.FromMilliseconds(Number(words, 2, 30_000)),
                    Observer = this,
                    Host = _host.Host,
                });
                return "opened";
            case "begin-read":
                _read = _file!.BeginRead();
                return "reading";
            case "end-read":
                _read?.Dispose();
                return "ended";
            case "close":
                _read?.Dispose();
                _write?.Dispose();
                _file?.Dispose();
                _file = null;
                return "closed";
            default:
                return PerformOnTransaction(words);
        }
    }

    private string PerformOnTransaction(string[] words)
    {
        switch (words[0])
        {
            case "read":
                using (ReadTransaction read = _file!.BeginRead())
                {
                    return Stamp.ReadAll(read).ToString(CultureInfo.InvariantCulture);
                }

            case "verify":
                using (ReadTransaction read = _file!.BeginRead())
                {
                    IReadOnlyList<VerifyProblem> problems = read.Verify().Problems;
                    return problems.Count == 0 ? "sound" : string.Join("; ", problems);
                }

            case "write":
                using (WriteTransaction write = _file!.BeginWrite())
                {
                    Stage(write, words);
                    write.Commit();
                    return $"committed {words[1]}";
                }

            case "begin":
                _write = _file!.BeginWrite();
                return "begun";
            case "stage":
                Stage(_write!.Value, words);
                return "staged";
            case "commit":
                _write!.Value.Commit();
                return "committed";
            case "rollback":
                _write!.Value.Dispose();
                return "rolled back";
            default:
                return $"error unknown command {words[0]}";
        }
    }

    private static void Stage(WriteTransaction write, string[] words)
    {
        Stamp.Grow(write, Number(words, 2, 0));
        Stamp.WriteAll(write, Number(words, 1, 0));
    }

    private static int Number(string[] words, int index, int otherwise) => words.Length > index
        ? int.Parse(words[index], CultureInfo.InvariantCulture)
        : otherwise;
}
