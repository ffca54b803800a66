using Quire.Peers.Children;
using Quire.Peers.Running;
using Spectre.Console;

if (args is [ChildProgram.Switch, .. string[] role])
{
    return ChildProgram.Run(role);
}

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Options.Usage);
    return 0;
}

try
{
    return PeerProgram.Run(Options.Parse(args), AnsiConsole.Console);
}
catch (ArgumentException problem)
{
    Console.Error.WriteLine(problem.Message);
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
