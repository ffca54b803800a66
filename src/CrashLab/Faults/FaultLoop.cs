namespace Quire.CrashLab;

/// <summary>
/// Lets the first operation of a workload fail, then the second, and so on until none is left, and
/// crashes what each failure leaves.
/// </summary>
public static class FaultLoop
{
    /// <summary>Explores a scenario once for every operation that can fail in a way.</summary>
    /// <param name="scenario">The program; its workload may throw once a fault has fired.</param>
    /// <param name="plan">How operations fail; its number is where to begin.</param>
    /// <param name="options">How each of the explorations goes.</param>
    /// <returns>
    /// A report for each fault that fired, in order; ends early with one that failed.
    /// </returns>
    public static IReadOnlyList<(FaultPlan Plan, CrashReport Report)> Explore(
        CrashScenario scenario, FaultPlan plan, CrashOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CrashOptions used = options ?? new CrashOptions();
        var reports = new List<(FaultPlan, CrashReport)>();
        for (int nth = plan.Nth; ; nth++)
        {
            FaultPlan next = plan with { Nth = nth };
            CrashReport report = CrashTest.Explore(scenario, used with { Fault = next });
            if (report.FaultsFired == 0)
            {
                return reports;
            }

            reports.Add((next, report));
            if (report.Failures.Count > 0)
            {
                return reports;
            }
        }
    }
}
