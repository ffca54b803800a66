using Quire.CrashLab;
using Quire.Samples.AtomicSave;

Dictionary<string, Action<IFiles, string, string>> savers = new()
{
    ["naive"] = NaiveSaver.Save,
    ["synced"] = SyncedSaver.Save,
    ["safe"] = SafeSaver.Save,
};

Console.WriteLine("Is the file the old one or the new one, whenever the power fails?");
foreach ((string name, Action<IFiles, string, string> save) in savers)
{
    Certificate certificate = Certificate.Of(Scenarios.Atomic(save), Scenarios.Exhaustive);
    Console.WriteLine($"  {name,-7} {certificate.Summary}");
}

Console.WriteLine("And is it the new one once Save has returned?");
foreach ((string name, Action<IFiles, string, string> save) in savers)
{
    Certificate certificate = Certificate.Of(Scenarios.Durable(save), Scenarios.Exhaustive);
    Console.WriteLine($"  {name,-7} {certificate.Summary}");
}

Console.WriteLine("How the naive saver loses a file on XFS:");
CrashReport report = CrashTest.Explore(
    Scenarios.Atomic(NaiveSaver.Save),
    Scenarios.Exhaustive with { Model = PersistenceModel.Xfs });
Console.WriteLine($"  {report.Failures[0].Error.Message}");
Console.WriteLine($"  {report.Failures[0].Crashes[0]}");
