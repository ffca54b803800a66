using Quire.Peers.Running;
using Spectre.Console;

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
