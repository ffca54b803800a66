using System.Globalization;
using System.Text.RegularExpressions;
using Quire.Locking;

namespace Quire.Tests.Support;

/// <summary>
/// What strace saw of one process, as far as it concerns one page file: an independent witness,
/// which knows nothing of the engine's own traces.
/// </summary>
public sealed partial class StraceLog
{
    private readonly List<string> _calls;
    private readonly string _mainPath;

    public StraceLog(IEnumerable<string> lines, string mainPath)
    {
        _mainPath = mainPath;
        _calls = Join(lines);
    }

    /// <summary>
    /// Every call between the two lines of one section that touches main or the journal, in words.
    /// A kind of call that is not known stays as strace shows it, and so fails whoever compares.
    /// </summary>
    public IReadOnlyList<string> Section(string name) =>
    [
        .. _calls
            .SkipWhile(call => !call.Contains($"\"QUIRE BEGIN {name}\\n\"", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(call => !call.Contains($"\"QUIRE END {name}\\n\"", StringComparison.Ordinal))
            .Where(call => call.Contains(_mainPath, StringComparison.Ordinal))
            .Select(InWords),
    ];

    /// <summary>Calls of any section, by their names, as strace shows them.</summary>
    public IEnumerable<string> CallsTo(string systemCall) =>
        _calls.Where(call => call.StartsWith(systemCall + "(", StringComparison.Ordinal));

    /// <summary>Puts calls together that another thread's call has cut in two.</summary>
    private static List<string> Join(IEnumerable<string> lines)
    {
        var calls = new List<string>();
        var unfinished = new Dictionary<string, (int At, string Text)>();
        foreach (string line in lines)
        {
            Match match = Line().Match(line);
            string thread = match.Groups[1].Value;
            string call = match.Groups[2].Value;
            if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = (calls.Count, call.Replace("<unfinished ...>", "").TrimEnd());
                calls.Add("");
            }
            else if (Resumed().Match(call) is { Success: true } resumed
                && unfinished.Remove(thread, out (int At, string Text) begun))
            {
                calls[begun.At] = begun.Text + resumed.Groups[1].Value;
            }
            else
            {
                calls.Add(call);
            }
        }

        return calls;
    }

    private string InWords(string call)
    {
        string file = call.Contains(_mainPath + "-journal", StringComparison.Ordinal)
            ? "journal"
            : "main";
        if (LockCall().Match(call) is { Success: true } locking)
        {
            return $"{locking.Groups[1].Value} {locking.Groups[2].Value} {file}: " +
                NameOfByte(locking.Groups[3].Value, locking.Groups[4].Value);
        }

        if (Transfer().Match(call) is { Success: true } transfer)
        {
            string verb = transfer.Groups[1].Value == "pread64" ? "read" : "write";
            string whole = transfer.Groups[2].Value == transfer.Groups[4].Value ? "" : ", cut short";
            return $"{verb} {file} {transfer.Groups[3].Value}+{transfer.Groups[2].Value}{whole}";
        }

        return call switch
        {
            _ when call.StartsWith("fdatasync(", StringComparison.Ordinal)
                && call.EndsWith("= 0", StringComparison.Ordinal) => $"fdatasync {file}",
            _ when StatOfPath().IsMatch(call) => $"stat {file}",
            _ when StatOfDescriptor().IsMatch(call) => $"length {file}",
            _ => call,
        };
    }

    private static string NameOfByte(string offset, string length)
    {
        long at = long.Parse(offset, CultureInfo.InvariantCulture);
        return length == "1"
            ? LockBytes.NameOf(Enum.GetValues<LockName>()
                .Single(name => LockBytes.RangeOf(name).Offset == at))
            : $"{length} bytes at {offset}";
    }

    [GeneratedRegex(@"^(\d+)\s+(.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^fcntl\(.*?, F_OFD_(SETLK|GETLK),\s*\{l_type=F_(\w+), l_whence=SEEK_SET, " +
        @"l_start=(\d+), l_len=(\d+).*= 0$")]
    private static partial Regex LockCall();

    [GeneratedRegex(@"^(stat|lstat|statx|newfstatat)\((AT_FDCWD|"").*= 0$")]
    private static partial Regex StatOfPath();

    [GeneratedRegex(@"^(fstat|statx|newfstatat)\(\d+<.*= 0$")]
    private static partial Regex StatOfDescriptor();

    [GeneratedRegex(@"^(pread64|pwrite64)\(.*, (\d+), (\d+)\) += (\d+)$")]
    private static partial Regex Transfer();
}
