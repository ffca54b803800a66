using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quire.CrashLab;

/// <summary>
/// Under which models a program passes, from mild to harsh: the weakest promises of a disk that it
/// can live with, and the first that it cannot.
/// </summary>
public sealed record Certificate
{
    /// <summary>A line for each model, mild ones first.</summary>
    public required IReadOnlyList<CertificateLine> Lines { get; init; }

    /// <summary>
    /// The models under which it passes that are not included in another one under which it passes:
    /// any of these assumptions is enough.
    /// </summary>
    public required IReadOnlyList<string> SufficientModels { get; init; }

    /// <summary>
    /// The models under which it fails that do not include another one under which it fails.
    /// </summary>
    public required IReadOnlyList<string> MildestFailures { get; init; }

    /// <summary>Whether it passes under every model.</summary>
    public bool PassesAll => MildestFailures.Count == 0;

    /// <summary>Whether every legal state was checked wherever it passed.</summary>
    public bool IsExhaustive => Lines.All(line => !line.Passed || line.IsExhaustive);

    /// <summary>Explores a scenario under all models.</summary>
    /// <param name="scenario">The program and its check.</param>
    /// <param name="options">How each exploration goes; its model is not used.</param>
    /// <param name="models">
    /// The models; null for <see cref="PersistenceModel.All"/>. Each needs a name of its own.
    /// </param>
    /// <exception cref="ArgumentException">No models, or two of one name.</exception>
    /// <exception cref="InvalidOperationException">
    /// The workload is not repeatable or fails by itself, or the check is no good.
    /// </exception>
    public static Certificate Of(
        CrashScenario scenario,
        CrashOptions? options = null,
        IReadOnlyList<PersistenceModel>? models = null)
    {
        CrashOptions used = options ?? new CrashOptions();
        IReadOnlyList<PersistenceModel> asked = models ?? PersistenceModel.All;
        if (asked.Count == 0 || asked.DistinctBy(model => model.Name).Count() < asked.Count)
        {
            throw new ArgumentException(
                $"{asked.Count} models with {asked.DistinctBy(m => m.Name).Count()} names: each " +
                "needs its own.",
                nameof(models));
        }

        var lines = new List<CertificateLine>();
        foreach (PersistenceModel model in asked)
        {
            CrashReport report = CrashTest.Explore(scenario, used with { Model = model });
            report.Diagnosis?.ThrowIfUnsound();
            lines.Add(new CertificateLine(
                model.Name,
                model.Assumption,
                report.Failures.Count == 0,
                report.IsExhaustive || report.Failures.Count > 0,
                report.CheckedStates,
                report.Failures.Count == 0 ? null : report.Failures[0].ToString())
            {
                IsMeasured = model.IsMeasured,
            });
        }

        return Of(lines, asked);
    }

    /// <summary>The certificate as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, CertificateJson.Default.Certificate);

    /// <summary>The certificate in a sentence.</summary>
    public string Summary
    {
        get
        {
            int passed = Lines.Count(line => line.Passed);
            string sample = IsExhaustive ? "" : ", of which some were sampled";
            return passed == Lines.Count ? $"passes under all {passed} models{sample}"
                : passed == 0 ? $"passes under none of {Lines.Count} models"
                : $"passes under {passed} of {Lines.Count} models{sample}: " +
                    string.Join(", ", SufficientModels) +
                    (SufficientModels.Count < passed ? ", or milder" : "");
        }
    }

    /// <summary>The certificate as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (CertificateLine line in Lines)
        {
            string result = line.Passed ? "passed" : "FAILED";
            string sample = line.IsExhaustive ? "" : ", a sample";
            string unmeasured = line.IsMeasured ? "" : ", model unmeasured";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{line.Model,-22} {result} {line.CheckedStates,7} states{sample}{unmeasured}");
        }

        if (PassesAll)
        {
            return text.AppendLine("It passes under every model.").ToString();
        }

        if (SufficientModels.Count == 0)
        {
            return text.AppendLine("It passes under none of these models.").ToString();
        }

        text.AppendLine("It is enough that");
        string separator = "  ";
        foreach (string name in SufficientModels)
        {
            string assumption = Lines.First(line => line.Model == name).Assumption;
            text.AppendLine(CultureInfo.InvariantCulture, $"{separator}{assumption} ({name})");
            separator = "  or ";
        }

        return text.AppendLine(
            CultureInfo.InvariantCulture,
            $"The mildest that it does not live with: {string.Join(", ", MildestFailures)}.")
            .ToString();
    }

    private static Certificate Of(
        List<CertificateLine> lines, IReadOnlyList<PersistenceModel> models)
    {
        PersistenceModel[] passed = Models(passed: true);
        PersistenceModel[] failed = Models(passed: false);
        return new Certificate
        {
            Lines = lines,
            SufficientModels =
            [
                .. passed.Where(model => !passed.Any(other => other != model
                    && other.Includes(model))).Select(model => model.Name),
            ],
            MildestFailures =
            [
                .. failed.Where(model => !failed.Any(other => other != model
                    && model.Includes(other))).Select(model => model.Name),
            ],
        };

        PersistenceModel[] Models(bool passed) =>
            [.. models.Where((_, number) => lines[number].Passed == passed)];
    }
}

/// <summary>What came of one model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Assumption">What the disk promises.</param>
/// <param name="Passed">Whether no legal state failed the check.</param>
/// <param name="IsExhaustive">Whether all of them were checked, or one of them failed.</param>
/// <param name="CheckedStates">How many were.</param>
/// <param name="Failure">The first that failed, in words; null when none did.</param>
public sealed record CertificateLine(
    string Model,
    string Assumption,
    bool Passed,
    bool IsExhaustive,
    long CheckedStates,
    string? Failure)
{
    /// <summary>Whether the model was compared with a real system.</summary>
    public bool IsMeasured { get; init; } = true;
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Certificate))]
internal sealed partial class CertificateJson : JsonSerializerContext;
