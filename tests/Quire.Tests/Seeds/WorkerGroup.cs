using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Seeds;

/// <summary>
/// Several processes of one role on one file, started and ready, and ended together.
/// </summary>
internal sealed class WorkerGroup : IDisposable
{
    private readonly string _role;
    private readonly string _path;
    private readonly List<WorkerProcess> _workers = [];

    public WorkerGroup(string role, string path, int count)
    {
        _role = role;
        _path = path;
        for (int i = 0; i < count; i++)
        {
            _workers.Add(WorkerProcess.Start(role, path));
        }

        Assert.All(_workers, worker => Assert.Equal("ready", worker.ReadLine()));
    }

    public WorkerProcess this[int index] => _workers[index];

    /// <summary>Starts one more.</summary>
    public WorkerProcess Add()
    {
        WorkerProcess worker = WorkerProcess.Start(_role, _path);
        _workers.Add(worker);
        Assert.Equal("ready", worker.ReadLine());
        return worker;
    }

    /// <summary>Sends each a command, all at once, and gathers its lines up to "done".</summary>
    public List<string> AskAll(Func<int, string> command)
    {
        for (int i = 0; i < _workers.Count; i++)
        {
            _workers[i].Send(command(i));
        }

        List<string> lines = [];
        foreach (WorkerProcess worker in _workers)
        {
            for (string line = worker.ReadLine(); line != "done"; line = worker.ReadLine())
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    public void Dispose() => _workers.ForEach(worker => worker.Dispose());
}
