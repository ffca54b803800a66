using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// The system calls of a reader, a commit and a rollback are those of docs/protocol.md, in that
/// order, and no others touch the two files. Seen by strace, not by the engine.
/// </summary>
public sealed class StraceWitnessTests : IClassFixture<StraceWitnessTests.Witness>
{
    private readonly Witness _witness;

    public StraceWitnessTests(Witness witness) => _witness = witness;

    [SkippableFact]
    public void A_read_transaction_looks_at_the_gate_locks_reads_and_unlocks() => Assert.Equal(
        [
            "GETLK UNLCK main: gate",
            "SETLK RDLCK main: main",
            "read main 0+1024",
            "SETLK UNLCK main: main",
        ],
        _witness.Log.Section("read"));

    [SkippableFact]
    public void A_commit_makes_the_locks_writes_and_syncs_of_the_protocol() => Assert.Equal(
        [
            // W2, W3
            "GETLK UNLCK journal: next",
            "SETLK WRLCK journal: journal",
            "read main 0+1024",
            "stat main",
            "stat journal",
            "read journal 0+512",
            "read journal 4096+40",

            // W6
            "length journal",

            // C1
            "write journal 4096+4176",
            "fdatasync journal",

            // C2
            "SETLK WRLCK main: main",
            "stat main",
            "stat journal",
            "read main 0+1024",

            // C3 to C8
            "write main 512+512",
            "fdatasync main",
            "write main 8192+4096",
            "fdatasync main",
            "write main 512+512",
            "fdatasync main",

            // C9, C10
            "write journal 4096+40",
            "SETLK UNLCK main: main",
            "SETLK UNLCK journal: journal",
        ],
        _witness.Log.Section("commit"));

    [SkippableFact]
    public void A_rollback_touches_no_page_and_syncs_nothing() => Assert.Equal(
        [
            "GETLK UNLCK journal: next",
            "SETLK WRLCK journal: journal",
            "read main 0+1024",
            "stat main",
            "stat journal",
            "read journal 0+512",
            "read journal 4096+40",
            "length journal",
            "SETLK UNLCK journal: journal",
        ],
        _witness.Log.Section("rollback"));

    [SkippableFact]
    public void Staging_more_than_memory_writes_to_the_journal_only_and_syncs_nothing()
    {
        IReadOnlyList<string> calls = _witness.Log.Section("spill");
        Assert.Equal("SETLK WRLCK journal: journal", calls[1]);
        Assert.Equal(
            ["write journal 4096+40", "SETLK UNLCK journal: journal"],
            calls.TakeLast(2));
        Assert.True(calls.Count(call => call.StartsWith("write journal ")) > 3, string.Join('\n', calls));
        Assert.DoesNotContain(calls, call => call.StartsWith("write main"));
        Assert.DoesNotContain(calls, call => call.StartsWith("fdatasync"));
        Assert.DoesNotContain(calls, call => call.EndsWith("main: main") || call.EndsWith("gate"));
    }

    [SkippableFact]
    public void No_flock_and_no_lock_of_the_process_is_ever_taken_on_the_files()
    {
        Assert.DoesNotContain(_witness.Log.CallsTo("flock"), call => call.Contains(_witness.Path));
        Assert.DoesNotContain(
            _witness.Log.CallsTo("fcntl"),
            call => call.Contains(_witness.Path)
                && (call.Contains("F_SETLK") || call.Contains("F_GETLK") || call.Contains("SETLKW")));
    }

    /// <summary>
    /// One run under strace for all tests; made when first asked for, or skipped.
    /// </summary>
    public sealed class Witness : IDisposable
    {
        private readonly TempFolder _folder = new();
        private StraceLog? _log;

        public string Path => _folder.File("a.quire");

        public StraceLog Log => _log ??= Observe();

        public void Dispose() => _folder.Dispose();

        private StraceLog Observe()
        {
            string? problem = Command.TryRun("strace", "-o", _folder.File("try"), "true");
            Skip.If(problem is not null, $"strace does not work here: {problem}");

            Stamp.Create(Path, 1, 1, Stamp.Classic);
            string output = _folder.File("strace");
            string? failure = Command.TryRun(
                "strace", "-f", "-y", "-s", "64", "-o", output, "-e", "trace=%desc,%file",
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                System.IO.Path.Combine(AppContext.BaseDirectory, "Quire.Worker.dll"),
                "witness",
                Path);
            Assert.Null(failure);
            return new StraceLog(File.ReadLines(output), Path);
        }
    }
}
