using Quire.CrashLab;
using Quire.Samples.AppendLog;

Dictionary<string, CrashScenario> logs = new()
{
    ["naive"] = Scenarios.Naive(),
    ["buffered"] = Scenarios.Buffered(),
    ["safe, records packed"] = Scenarios.Safe(blockBytes: 1),
    ["safe"] = Scenarios.Safe(),
};

Console.WriteLine("Is all there that was acknowledged, and nothing that was not appended?");
foreach ((string name, CrashScenario scenario) in logs)
{
    Certificate certificate = Certificate.Of(scenario, Scenarios.Exhaustive);
    Console.WriteLine($"  {name,-20} {certificate.Summary}");
}

Console.WriteLine("How the naive log loses a record even when everything stays in order:");
CrashReport report = CrashTest.Explore(
    Scenarios.Naive(), Scenarios.Exhaustive with { Model = PersistenceModel.Ordered });
Console.WriteLine($"  {report.Failures[0].Error.Message}");
Console.WriteLine($"  {report.Failures[0].Crashes[0]}");

Console.WriteLine("What happens to the safe log without each of its syncs:");
foreach (AuditRow row in BarrierAudit.Run(Scenarios.Safe(), Scenarios.Exhaustive).Rows)
{
    Console.WriteLine($"  {row.Site,-20} {(row.IsNoticed ? "needed" : "not missed")}");
}
