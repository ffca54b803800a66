using Quire.CrashLab;
using Quire.Samples.AppendLog;

Console.WriteLine("--- naive");
Console.WriteLine(Certificate.Of(Scenarios.Naive(), Scenarios.Exhaustive));
Console.WriteLine("--- buffered");
Console.WriteLine(Certificate.Of(Scenarios.Buffered(), Scenarios.Exhaustive));
Console.WriteLine("--- safe, blocks of one byte");
Console.WriteLine(Certificate.Of(Scenarios.Safe(blockBytes: 1), Scenarios.Exhaustive));
Console.WriteLine("--- safe");
Console.WriteLine(Certificate.Of(Scenarios.Safe(), Scenarios.Exhaustive));
