using Quire.CrashLab;
using Quire.Samples.AtomicSave;

(string Name, Action<IFiles, string, string> Save)[] savers =
[
    ("naive", NaiveSaver.Save), ("synced", SyncedSaver.Save), ("safe", SafeSaver.Save),
];
foreach ((string name, Action<IFiles, string, string> save) in savers)
{
    Console.WriteLine($"--- {name}: the old file or the new one");
    Console.WriteLine(Certificate.Of(Scenarios.Atomic(save), Scenarios.Exhaustive));
    Console.WriteLine($"--- {name}: and the new one once it has returned");
    Console.WriteLine(Certificate.Of(Scenarios.Durable(save), Scenarios.Exhaustive));
}
