using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Seeds;

/// <summary>
/// Several processes of one role on one file, started and ready, and ended together.
/// </summary>
internal sealed class WorkerGroup : IDisposable
{
    private readonly string _role;
    private readonly List<WorkerProcess> _workers = [];

    /// <summary>Starts them, and returns when all are ready.</summary>
    public WorkerGroup(string role, int count, Func<int, string[]> argumentsOf)
    {
        _role = role;
        for (int i = 0; i < count; i++)
        {
            _workers.Add(WorkerProcess.Start(role, argumentsOf(i)));
        }

        Assert.All(_workers, worker => Assert.Equal("ready", worker.ReadLine()));
    }

    public WorkerProcess this[int index] => _workers[index];

    /// <summary>Starts one more.</summary>
    public WorkerProcess Add(params string[] arguments)
    {
        WorkerProcess worker = WorkerProcess.Start(_role, arguments);
        _workers.Add(worker);
        Assert.Equal("ready", worker.ReadLine());
        return worker;
    }

    /// <summary>Sends all of them a line, and then reads one from each.</summary>
    public string[] AskAll(string line)
    {
        _workers.ForEach(worker => worker.Send(line));
        return [.. _workers.Select(worker => worker.ReadLine())];
    }

    /// <summary>
    /// Sends each a command, all at once, and gathers what each says before "done".
    /// </summary>
    public string[][] RunAll(Func<int, string> command)
    {
        for (int i = 0; i < _workers.Count; i++)
        {
            _workers[i].Send(command(i));
        }

        return [.. _workers.Select(SaidBy)];
    }

    /// <summary>Lets them go, and gathers what each says until it ends.</summary>
    public string[][] RunToTheEnd()
    {
        string[][] said = RunAll(_ => "go");
        Assert.All(_workers, worker => Assert.Equal(0, worker.WaitForExit()));
        return said;
    }

    public void Dispose() => _workers.ForEach(worker => worker.Dispose());

    private static string[] SaidBy(WorkerProcess worker)
    {
        var lines = new List<string>();
        for (string line = worker.ReadLine(); line != "done"; line = worker.ReadLine())
        {
            lines.Add(line);
        }

        return [.. lines];
    }
}
