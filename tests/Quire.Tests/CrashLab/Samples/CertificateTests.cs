using System.Text.Json;
using Quire.CrashLab;
using Quire.Samples.AtomicSave;
using Quire.Tests.CrashLab.Product;
using Xunit;
using LogScenarios = Quire.Samples.AppendLog.Scenarios;
using SaveScenarios = Quire.Samples.AtomicSave.Scenarios;

namespace Quire.Tests.CrashLab.Samples;

public sealed class CertificateTests
{
    private static Certificate Of(CrashScenario scenario) =>
        Certificate.Of(scenario, SaveScenarios.Exhaustive);

    [Fact]
    public void The_naive_saver_lives_with_a_file_system_that_guesses_what_it_meant()
    {
        Certificate certificate = Of(SaveScenarios.Atomic(NaiveSaver.Save));
        Assert.True(certificate.IsExhaustive);
        Assert.Equal(["ordered", "synced-only", "btrfs"], certificate.SufficientModels);
        Assert.Contains("xfs", certificate.MildestFailures);
        Assert.Contains("file-prefix", certificate.MildestFailures);
        Assert.DoesNotContain("sector-512", certificate.MildestFailures);
        Assert.All(certificate.Lines, line => Assert.Equal(line.Passed, line.Failure is null));
    }

    [Fact]
    public void A_sync_of_the_bytes_makes_a_saver_atomic_and_one_of_the_directory_durable()
    {
        Assert.True(Of(SaveScenarios.Atomic(SyncedSaver.Save)).PassesAll);
        Assert.Equal(["process-kill"], Of(SaveScenarios.Durable(SyncedSaver.Save)).SufficientModels);
        Assert.True(Of(SaveScenarios.Durable(SafeSaver.Save)).PassesAll);
    }

    [Fact]
    public void A_log_needs_syncs_and_blocks_of_its_own()
    {
        Assert.Equal(["process-kill"], Of(LogScenarios.Naive()).SufficientModels);
        Assert.Empty(Of(LogScenarios.Buffered()).SufficientModels);
        Assert.Equal(["neighbour-damage"], Of(LogScenarios.Safe(blockBytes: 1)).MildestFailures);
        Assert.True(Of(LogScenarios.Safe()).PassesAll);
    }

    [Fact]
    public void The_engine_needs_no_more_than_that_sectors_at_rest_stay_whole()
    {
        Certificate certificate = Certificate.Of(EngineScenario.Commits(2));
        Assert.True(certificate.IsExhaustive);
        Assert.Contains("torn", certificate.SufficientModels);
        Assert.Equal(["neighbour-damage"], certificate.MildestFailures);
    }

    [Fact]
    public void As_JSON_it_says_the_same()
    {
        Certificate certificate = Of(SaveScenarios.Atomic(NaiveSaver.Save));
        using JsonDocument json = JsonDocument.Parse(certificate.ToJson());
        JsonElement root = json.RootElement;
        Assert.Equal(
            certificate.SufficientModels,
            root.GetProperty("sufficientModels").EnumerateArray().Select(name => name.GetString()));
        Assert.False(root.GetProperty("passesAll").GetBoolean());
        Assert.True(root.GetProperty("isExhaustive").GetBoolean());
        Assert.StartsWith("passes under 4", root.GetProperty("summary").GetString(), StringComparison.Ordinal);
        JsonElement[] lines = [.. root.GetProperty("lines").EnumerateArray()];
        Assert.Equal(PersistenceModel.All.Count, lines.Length);
        JsonElement xfs = lines.Single(line => line.GetProperty("model").GetString() == "xfs");
        Assert.False(xfs.GetProperty("passed").GetBoolean());
        Assert.Equal(PersistenceModel.Xfs.IsMeasured, xfs.GetProperty("isMeasured").GetBoolean());
        Assert.Equal(PersistenceModel.Xfs.Assumption, xfs.GetProperty("assumption").GetString());
        Assert.Contains("token", xfs.GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.True(xfs.GetProperty("checkedStates").GetInt64() > 0);
        Assert.Equal(certificate.ToJson(), Of(SaveScenarios.Atomic(NaiveSaver.Save)).ToJson());
    }

    [Fact]
    public void A_sample_is_called_one()
    {
        Certificate certificate = Certificate.Of(
            SaveScenarios.Durable(SafeSaver.Save), new CrashOptions { StatesPerPoint = 8 });
        Assert.True(certificate.PassesAll);
        Assert.False(certificate.IsExhaustive);
        Assert.Contains(", a sample", $"{certificate}", StringComparison.Ordinal);
        Assert.EndsWith("of which some were sampled", certificate.Summary, StringComparison.Ordinal);
        CrashReport report = CrashTest.Explore(
            SaveScenarios.Durable(SafeSaver.Save), new CrashOptions { StatesPerPoint = 8 });
        Assert.Matches("a sample of [0-9]+ of the [0-9]+ legal ones: passed", $"{report}");
    }

    [Fact]
    public void Models_of_ones_own_are_certified_too_and_need_names_of_their_own()
    {
        PersistenceModel small = PersistenceModel.Btrfs with
        {
            Name = "btrfs on sectors of 512 bytes",
            SectorBytes = 512,
        };
        Certificate certificate = Certificate.Of(
            SaveScenarios.Atomic(NaiveSaver.Save), models: [PersistenceModel.Xfs, small]);
        Assert.Equal(["btrfs on sectors of 512 bytes"], certificate.SufficientModels);
        Assert.Equal(["xfs"], certificate.MildestFailures);
        Assert.Contains(small.Assumption, $"{certificate}", StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Certificate.Of(
            SaveScenarios.Atomic(NaiveSaver.Save),
            models: [PersistenceModel.Torn, PersistenceModel.Torn with { MayTear = false }]));
        Assert.Throws<ArgumentException>(
            () => Certificate.Of(SaveScenarios.Atomic(NaiveSaver.Save), models: []));
    }

    [Fact]
    public void No_certificate_is_made_with_a_check_that_is_no_good() =>
        Assert.Throws<InvalidOperationException>(
            () => Certificate.Of(Toy.Replacing((_, _) => { })));
}
