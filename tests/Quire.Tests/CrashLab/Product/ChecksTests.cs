using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Product;

/// <summary>Every ready-made check catches a program that breaks its promise, and lets one pass.</summary>
public sealed class ChecksTests
{
    private static string? MessageOf(CrashScenario scenario, PersistenceModel? model = null)
    {
        CrashReport report = CrashTest.Explore(
            scenario, new CrashOptions { Model = model ?? PersistenceModel.Sector512 });
        Assert.True(report.Diagnosis!.IsSound, string.Join("; ", report.Diagnosis.Findings));
        Assert.True(report.IsExhaustive || report.Failures.Count > 0);
        return report.Failures.Count == 0 ? null : report.Failures[0].Error.Message;
    }

    [Fact]
    public void A_file_that_is_overwritten_in_place_is_not_replaced_atomically()
    {
        CrashScenario Saving(Action<LabFileSystem, string, string> save) => new()
        {
            Setup = process => Toy.Write(process.Files, Toy.Path, "old"),
            Workload = process => Toy.Promise(
                process, "new", () => save(process.Files, Toy.Path, "new")),
            Check = Checks.AtomicReplacement(Toy.Path, initial: "old"),
        };

        string? message = MessageOf(Saving((files, path, text) => Toy.Write(files, path, text)));
        Assert.Contains("holds no version as a whole: 0 characters", message, StringComparison.Ordinal);
        Assert.Null(MessageOf(Saving(Toy.Replace)));
    }

    [Fact]
    public void A_replaced_file_may_neither_vanish_nor_go_back()
    {
        CrashScenario Saving(Action<LabFileSystem> save) => new()
        {
            Setup = process => Toy.Write(process.Files, Toy.Path, "old"),
            Workload = process => Toy.Promise(process, "new", () => save(process.Files)),
            Check = Checks.AtomicReplacement(Toy.Path, initial: "old"),
        };

        Assert.Contains(
            "is missing",
            MessageOf(Saving(files =>
            {
                files.Delete(Toy.Path);
                files.SyncDirectoryOf(Toy.Path);
                Toy.Replace(files, Toy.Path, "new");
            })),
            StringComparison.Ordinal);
        Assert.Contains(
            "holds version 0, 'old'; allowed are versions 1 to 1",
            MessageOf(Saving(files =>
            {
                Toy.Write(files, "tmp", "new");
                files.Move("tmp", Toy.Path, overwrite: true);
            })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_content_may_be_told_from_the_name_of_a_promise() => Assert.Null(MessageOf(new()
    {
        Workload = process => Toy.Promise(
            process, "3", () => Toy.Replace(process.Files, Toy.Path, "three")),
        Check = Checks.AtomicReplacement(
            Toy.Path,
            initial: null,
            content: name => name == "3" ? "three" : "?",
            recover: process => process.Files.Delete(Toy.Path + ".tmp")),
    }));

    [Fact]
    public void A_log_without_syncs_loses_what_it_acknowledged()
    {
        CrashScenario Logging(bool isSynced) => new()
        {
            Setup = process => Toy.Write(process.Files, "log", ""),
            Workload = process =>
            {
                foreach (string record in (string[])["a", "b", "c"])
                {
                    Toy.Promise(process, record, () =>
                    {
                        using LabStream stream = process.Files.Open("log", FileMode.Append, FileAccess.Write);
                        stream.Write([(byte)record[0]]);
                        stream.Flush(isSynced);
                    });
                }
            },
            Check = Checks.PrefixConsistency(
                process => process.Files.ReadAllText("log").Select(c => $"{c}")),
        };

        Assert.Contains(
            "0 records are there, but 1 were acknowledged",
            MessageOf(Logging(isSynced: false), PersistenceModel.Ordered),
            StringComparison.Ordinal);
        Assert.Null(MessageOf(Logging(isSynced: true), PersistenceModel.DataBeforeSize));
    }

    [Fact]
    public void A_record_that_is_not_there_in_order_is_no_prefix()
    {
        CrashScenario Keeping(params string[] kept) => new()
        {
            Workload = process =>
            {
                foreach (string record in (string[])["a", "b"])
                {
                    Toy.Promise(process, record, () => Toy.Replace(process.Files, record, record));
                }
            },
            Check = Checks.PrefixConsistency(process =>
                process.Files.EnumerateFiles("").Where(name => name.Length == 1)
                    .Select(name => process.Files.ReadAllText(name))
                    .Concat(kept).Order(StringComparer.Ordinal)),
        };

        Assert.Null(MessageOf(Keeping(), PersistenceModel.Ordered));

        // What was never begun must not be there: of the oracle's three values, Never.
        CrashReport report = CrashTest.Explore(
            Keeping("z"),
            new CrashOptions
            {
                Model = PersistenceModel.Ordered,
                DiagnosesCheck = false,
                FindAll = true,
                Shrinks = false,
            });
        string[] messages = [.. report.Failures.Select(failure => failure.Error.Message).Distinct()];
        Assert.Contains("record 0 is 'z' instead of 'a'", messages);
        Assert.Contains("record 2 is 'z', but only 2 were appended", messages);
    }

    /// <summary>Two files that a transaction changes together; in place, or through a third file.</summary>
    private static CrashScenario Transactions(bool isAtomic) => new()
    {
        Setup = process => Toy.Write(process.Files, "store", "x=0,y=0"),
        Workload = process =>
        {
            for (int n = 1; n <= 2; n++)
            {
                string value = $"x={n},y={n}";
                Toy.Promise(process, $"{n}", () =>
                {
                    if (isAtomic)
                    {
                        Toy.Replace(process.Files, "store", value);
                        return;
                    }

                    using LabStream stream = process.Files.Open("store", FileMode.Open);
                    stream.Write(System.Text.Encoding.ASCII.GetBytes(value[..3]));
                    stream.Flush(flushToDisk: true);
                    stream.Write(System.Text.Encoding.ASCII.GetBytes(value[3..]));
                    stream.Flush(flushToDisk: true);
                });
            }
        },
        Check = Checks.TransactionAtomicity(
            process => process.Files.ReadAllText("store").Split(',')
                .ToDictionary(entry => entry[..1], entry => entry[2..]),
            (model, transaction) => model["x"] = model["y"] = transaction,
            initial: new Dictionary<string, string> { ["x"] = "0", ["y"] = "0" }),
    };

    [Fact]
    public void Half_a_transaction_is_no_state_of_the_model()
    {
        Assert.Contains(
            "the store holds {x=1, y=0}, which is no state after transaction 0 to 1",
            MessageOf(Transactions(isAtomic: false)),
            StringComparison.Ordinal);
        Assert.Null(MessageOf(Transactions(isAtomic: true)));
    }

    [Fact]
    public void A_check_of_ones_own_sees_three_values()
    {
        var states = new HashSet<PromiseState>();
        CrashScenario scenario = Toy.Replacing((process, promises) =>
        {
            string found = Toy.Read(process.Files, Toy.Path)!;
            states.Add(promises["v2"]);
            bool mustBeNew = promises["v2"] == PromiseState.Acknowledged;
            bool mayBeNew = promises["v2"] != PromiseState.Never;
            Assert.True(found == "v2" ? mayBeNew : found is "v0" or "v1" && !mustBeNew);
        });
        Assert.Null(MessageOf(scenario));
        Assert.Equal(3, states.Count);
    }

    [Fact]
    public void A_check_of_ones_own_may_throw_what_it_likes()
    {
        CrashScenario scenario = new()
        {
            Setup = process => Toy.Write(process.Files, Toy.Path, "old"),
            Workload = process => Toy.Promise(
                process, "new", () => Toy.Write(process.Files, Toy.Path, "new")),
            Check = (process, _) =>
                Assert.Contains(Toy.Read(process.Files, Toy.Path), (string?[])["old", "new"]),
        };
        CrashReport report = CrashTest.Explore(scenario, new CrashOptions { DiagnosesCheck = false });
        Assert.Equal("Xunit.Sdk.ContainsException", report.Failures[0].Error.GetType().FullName);
        CrashTestException thrown = Assert.Throws<CrashTestException>(report.ThrowIfFailed);
        Assert.Same(report.Failures[0].Error, thrown.InnerException);
        Assert.Equal(
            report.Failures[0].ToString(),
            CrashTest.Replay(scenario, report.Failures[0].Token)!.ToString());
    }

    [Fact]
    public void A_promise_that_was_never_begun_cannot_be_acknowledged()
    {
        CrashScenario scenario = new()
        {
            Workload = process => process.Acknowledge("a"),
            Check = Checks.PrefixConsistency(_ => []),
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => CrashTest.Explore(scenario).ThrowIfFailed());
        Assert.Contains(
            "'a' was acknowledged more often than it was begun", error.Message, StringComparison.Ordinal);
    }
}
