using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Product;

/// <summary>
/// What is asked of a recovered program besides being right: for each question a program that only
/// this question finds out.
/// </summary>
public sealed class AfterRecoveryTests
{
    // Without the diagnosis, which asks the same of an undamaged disk and would be first.
    private static readonly CrashOptions Options =
        new() { Model = PersistenceModel.Ordered, DiagnosesCheck = false };

    private static string? MessageOf(CrashScenario scenario, CrashOptions? options = null)
    {
        CrashReport report = CrashTest.Explore(scenario, options ?? Options);
        return report.Failures.Count == 0 ? null : report.Failures[0].Error.Message;
    }

    /// <summary>Lines, each synced. A torn last line is skipped when read, or cut off first.</summary>
    private static CrashScenario Lines(bool cutsTornLine) => new()
    {
        Setup = process => Toy.Write(process.Files, "log", ""),
        Workload = process => AppendLines(process, cutsTornLine, "first", "second"),
        Check = Checks.PrefixConsistency(process => OpenLog(process, cutsTornLine)),
    };

    private static string[] OpenLog(SimulatedProcess process, bool cutsTornLine)
    {
        string text = process.Files.ReadAllText("log");
        int end = text.LastIndexOf('\n') + 1;
        if (cutsTornLine && end < text.Length)
        {
            using LabStream stream = process.Files.Open("log", FileMode.Open);
            stream.SetLength(end);
            stream.FlushToDisk();
        }

        // Half lines in the middle are joined to what was appended after them.
        return text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void AppendLines(
        SimulatedProcess process, bool cutsTornLine, params string[] lines)
    {
        OpenLog(process, cutsTornLine);
        foreach (string line in lines)
        {
            Toy.Promise(process, line, () =>
            {
                // Two writes for a line, so that the first can be there without the second.
                using LabStream stream = process.Files.Open("log", FileMode.Append, FileAccess.Write);
                stream.Write(System.Text.Encoding.ASCII.GetBytes(line));
                stream.Flush();
                stream.Write("\n"u8);
                stream.FlushToDisk();
            });
        }
    }

    [Fact]
    public void Writing_again_finds_what_recovery_left_lying_about()
    {
        CrashScenario scenario = Lines(cutsTornLine: false);
        Assert.Null(MessageOf(scenario));
        Assert.Contains(
            "Wrong after going on after recovery: record 0 is 'firstthird' instead of 'third'",
            MessageOf(scenario with { Continue = process => AppendLines(process, false, "third") }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Writing_again_must_not_fail_either()
    {
        CrashScenario scenario = Toy.Replacing(Checks.AtomicReplacement(Toy.Path, "v0"));
        Assert.Null(MessageOf(scenario));

        // The next run finds the temporary file of the one that crashed.
        Assert.Contains(
            "Wrong while going on after recovery: /file.tmp: the file exists",
            MessageOf(scenario with
            {
                Continue = process => Toy.Promise(process, "v3", () =>
                {
                    using (process.Files.Open("file.tmp", FileMode.CreateNew))
                    {
                    }

                    Toy.Replace(process.Files, Toy.Path, "v3");
                }),
            }),
            StringComparison.Ordinal);
    }

    /// <summary>A redo log that says "add 1"; applied at recovery, and then kept or cleared.</summary>
    private static CrashScenario RedoLog(bool clearsLog, bool isIdempotent) => new()
    {
        Setup = process =>
        {
            Toy.Write(process.Files, "value", "0");
            Toy.Write(process.Files, "log", "");
        },
        Workload = process => Toy.Promise(process, "1", () =>
        {
            Toy.Write(process.Files, "log", isIdempotent ? "=1" : "+1");
        }),
        Check = (process, promises) =>
        {
            int value = process.Files.ReadAllText("value") is { Length: > 0 } text
                ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
                : 0;
            if (Toy.Read(process.Files, "log") is { Length: 2 } log)
            {
                value = log == "=1" ? 1 : value + 1;
                Toy.Replace(process.Files, "value", $"{value}");
                if (clearsLog)
                {
                    Toy.Write(process.Files, "log", "");
                }
            }

            Assert.InRange(value, promises.Acknowledged.Count, promises.Begun.Count);
        },
    };

    [Fact]
    public void Recovering_twice_finds_a_recovery_that_does_its_work_again()
    {
        CrashScenario scenario = RedoLog(clearsLog: false, isIdempotent: false);
        Assert.Null(MessageOf(scenario));
        Assert.Contains(
            "Wrong when checked a second time",
            MessageOf(scenario with { ChecksTwice = true }),
            StringComparison.Ordinal);
        Assert.Null(MessageOf(RedoLog(clearsLog: true, isIdempotent: false) with { ChecksTwice = true }));
    }

    [Fact]
    public void Only_a_crash_during_recovery_finds_one_that_is_interrupted_between_two_steps()
    {
        CrashScenario scenario = RedoLog(clearsLog: true, isIdempotent: false) with { ChecksTwice = true };
        CrashOptions twice = Options with { Crashes = 2 };
        Assert.Null(MessageOf(scenario));
        CrashReport report = CrashTest.Explore(scenario, twice);
        Assert.Equal(2, report.Failures[0].Crashes.Count);
        Assert.Null(MessageOf(RedoLog(clearsLog: true, isIdempotent: true), twice));
    }

    [Fact]
    public void Reading_finds_a_reader_that_writes_after_recovery()
    {
        CrashScenario scenario = Lines(cutsTornLine: true);
        Assert.Null(MessageOf(scenario));
        Assert.Null(MessageOf(scenario with
        {
            ReadOnlyCheck = (process, _) => OpenLog(process, cutsTornLine: false),
        }));
        string? message = MessageOf(scenario with
        {
            ReadOnlyCheck = (process, promises) =>
            {
                if (promises.Acknowledged.Count > 0)
                {
                    Toy.Write(process.Files, "last-opened", "now");
                }
            },
        });
        Assert.Contains(
            "The read-only check changed something before recovery: 0: create /last-opened",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_finds_a_reader_that_repairs_what_it_may_only_read()
    {
        CrashScenario scenario = Lines(cutsTornLine: true);
        Assert.Contains(
            "changed something before recovery: 0: set length /log 0 (2 changes)",
            MessageOf(scenario with
            {
                ReadOnlyCheck = (process, _) => OpenLog(process, cutsTornLine: true),
            }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_may_refuse_before_recovery_and_not_after_it()
    {
        CrashScenario scenario = Lines(cutsTornLine: true);
        static void Refuse(SimulatedProcess process, bool always)
        {
            string text = process.Files.ReadAllText("log");
            if (always || (text.Length > 0 && text[^1] != '\n'))
            {
                throw new InvalidDataException("there is something to recover");
            }
        }

        Assert.Null(MessageOf(scenario with
        {
            ReadOnlyCheck = (process, _) => Refuse(process, always: false),
        }));
        Assert.Contains(
            "Wrong in the read-only check after the check: there is something to recover",
            CrashTest.Explore(
                scenario with { ReadOnlyCheck = (process, _) => Refuse(process, always: true) },
                Options with { DiagnosesCheck = false }).Failures[0].Error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_on_adds_its_promises_to_those_before()
    {
        var seen = new HashSet<string>();
        CrashScenario scenario = Lines(cutsTornLine: true) with
        {
            Continue = process => AppendLines(process, cutsTornLine: true, "third"),
        };
        Assert.Null(MessageOf(scenario with
        {
            Check = (process, promises) =>
            {
                seen.Add(string.Join(' ', promises.Acknowledged));
                CheckWithoutLost(process, promises);
            },
        }));
        Assert.Contains("third", seen);
        Assert.Contains("first second third", seen);

        // What was in doubt when the power failed and is not there leaves no gap.
        static void CheckWithoutLost(SimulatedProcess process, Promises promises)
        {
            string[] found = OpenLog(process, cutsTornLine: true);
            Assert.Equal(found.Order(StringComparer.Ordinal), found);
            Assert.Superset(promises.Acknowledged.ToHashSet(), found.ToHashSet());
            Assert.Subset(promises.Begun.ToHashSet(), found.ToHashSet());
        }
    }
}
