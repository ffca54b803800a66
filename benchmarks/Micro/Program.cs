using BenchmarkDotNet.Running;
using Quire.Benchmarks.Running;

// Quire.Benchmarks [--quick] [--smoke] [--steps] [--directory DIR] [--filter GLOB ...]
// What remains after the switches of its own goes to BenchmarkDotNet; without a filter all run.
List<string> rest = [.. args];
bool quick = rest.Remove("--quick");
bool smoke = rest.Remove("--smoke");
bool steps = rest.Remove("--steps");
int at = rest.IndexOf("--directory");
if (at >= 0)
{
    if (at + 1 == rest.Count)
    {
        Console.Error.WriteLine("--directory needs a path.");
        return 2;
    }

    BenchmarkFolder.Parent = rest[at + 1];
    rest.RemoveRange(at, 2);
}

if (smoke)
{
    return SmokeRun.All(typeof(Program).Assembly);
}

if (!rest.Contains("--filter"))
{
    rest.AddRange(["--filter", "*"]);
}

Console.WriteLine($"Files are made below {BenchmarkFolder.Parent} ({BenchmarkFolder.FileSystem()}).");
if (BenchmarkFolder.IsInMemory())
{
    Console.Error.WriteLine(
        "That is memory, where a sync costs nothing. Choose a disk with --directory.");
    return 2;
}

if (steps)
{
    StepTimes.Print([1, 8, 64]);
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run([.. rest], quick ? BenchmarkConfig.Quick : BenchmarkConfig.Full);
return 0;
