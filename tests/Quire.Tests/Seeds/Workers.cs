using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Seeds;

/// <summary>Several worker processes in one role that begin at one signal.</summary>
internal sealed class Workers : IDisposable
{
    private readonly List<WorkerProcess> _all = [];

    /// <summary>Starts them, and returns when all are ready.</summary>
    public Workers(int count, string role, Func<int, string[]> argumentsOf)
    {
        for (int i = 0; i < count; i++)
        {
            _all.Add(WorkerProcess.Start(role, argumentsOf(i)));
        }

        Assert.All(_all, worker => Assert.Equal("ready", worker.ReadLine()));
    }

    /// <summary>Sends all of them a line, and then reads one from each.</summary>
    public string[] AskAll(string line)
    {
        _all.ForEach(worker => worker.Send(line));
        return [.. _all.Select(worker => worker.ReadLine())];
    }

    /// <summary>Lets them go, and collects what each says before "done".</summary>
    public string[][] RunToTheEnd()
    {
        _all.ForEach(worker => worker.Send("go"));
        string[][] said = [.. _all.Select(SaidBy)];
        Assert.All(_all, worker => Assert.Equal(0, worker.WaitForExit()));
        return said;
    }

    public void Dispose() => _all.ForEach(worker => worker.Dispose());

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
