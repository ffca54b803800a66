namespace Quire.CrashLab;

/// <summary>
/// Leaves out each flush, or each lock step, of a program in turn, and tells which omission its own
/// check notices: a flush that nobody would miss is either not needed or not tested.
/// </summary>
public static class BarrierAudit
{
    /// <summary>Audits a single-process scenario.</summary>
    public static AuditReport Run(CrashScenario scenario, CrashOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        CrashOptions used = options ?? new CrashOptions();
        return Run(site =>
        {
            CrashReport report = CrashTest.Explore(scenario, used with { Omit = site });
            CrashFailure? failure = report.Failures.Count == 0 ? null : report.Failures[0];
            return new AuditRun(
                report.Sites,
                report.IsExhaustive,
                failure is null ? null : failure.ToString(),
                failure?.Crashes.Sum(crash => crash.Mutations) ?? 0);
        });
    }

    /// <summary>Audits a scenario of several processes.</summary>
    public static AuditReport Run(ConcurrentScenario scenario, ScheduleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ScheduleOptions used = options ?? new ScheduleOptions();
        return Run(site =>
        {
            ScheduleReport report = ScheduleExplorer.Explore(scenario, used with { Omit = site });
            return new AuditRun(
                report.Sites,
                report.IsExhaustive,
                report.Failure is { } failure
                    ? $"{failure.Kind}: {failure.Error.Message} ({failure.Token})"
                    : null,
                report.Failure?.Steps ?? 0);
        });
    }

    private static AuditReport Run(Func<OperationSite?, AuditRun> explore)
    {
        AuditRun baseline = explore(null);
        if (baseline.Failure is not null)
        {
            throw new InvalidOperationException(
                $"The program fails with nothing left out: {baseline.Failure}");
        }

        var rows = new List<AuditRow>();
        foreach (OperationSite site in baseline.Sites.Keys
            .OrderBy(site => site.Step, StringComparer.Ordinal)
            .ThenBy(site => site.Path, StringComparer.Ordinal)
            .ThenBy(site => site.Kind, StringComparer.Ordinal))
        {
            AuditRun without = explore(site);
            rows.Add(new AuditRow(
                site,
                without.Failure is not null,
                without.Failure,
                without.Steps,
                without.IsExhaustive));
        }

        return new AuditReport(baseline.IsExhaustive, rows);
    }

    private sealed record AuditRun(
        IReadOnlyDictionary<OperationSite, long> Sites,
        bool IsExhaustive,
        string? Failure,
        int Steps);
}

/// <summary>What an audit found.</summary>
/// <param name="IsExhaustive">
/// Whether everything within the bounds was explored with nothing left out.
/// </param>
/// <param name="Rows">A row for each site.</param>
public sealed record AuditReport(bool IsExhaustive, IReadOnlyList<AuditRow> Rows);

/// <summary>One site left out.</summary>
/// <param name="Site">The site.</param>
/// <param name="IsNoticed">Whether the check noticed.</param>
/// <param name="Failure">How it failed; null when it did not.</param>
/// <param name="Steps">The length of the failing run.</param>
/// <param name="IsExhaustive">Whether everything within the bounds was explored.</param>
public sealed record AuditRow(
    OperationSite Site, bool IsNoticed, string? Failure, int Steps, bool IsExhaustive);
