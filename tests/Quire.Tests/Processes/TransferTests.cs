using System.Globalization;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;
using Xunit.Abstractions;

namespace Quire.Tests.Processes;

/// <summary>Four processes move money between a hundred accounts; others look on.</summary>
public sealed class TransferTests(ITestOutputHelper output)
{
    private const int Processes = 4;
    private const int Times = 500;

    [Theory]
    [InlineData("Immediate", false)]
    [InlineData("Deferred", true)]
    [InlineData("Optimistic", true)]
    [InlineData("by-hand-Deferred", true)]
    [InlineData("by-hand-Optimistic", true)]
    public void The_sum_is_the_same_at_every_read_and_no_call_fails(string how, bool isOvertaken)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Accounts.Create(path);
        using PageFile file = PageFile.Open(path);
        ulong before = file.GetInfo().TransactionNumber.Value;
        var workers = new List<WorkerProcess>();
        int startedOver = 0;
        int looks = 0;
        try
        {
            for (int i = 0; i < Processes; i++)
            {
                workers.Add(WorkerProcess.Start("transfer", path, how, $"{Times}", $"{i}"));
            }

            Assert.All(workers, worker => Assert.Equal("ready", worker.ReadLine()));
            using var stop = new CancellationTokenSource();
            OtherThread reader = OtherThread.Start(() => looks = Look(file, stop.Token));
            foreach (WorkerProcess worker in workers)
            {
                string[] end = worker.ReadLine().Split(' ');
                Assert.Equal("done", end[0]);
                startedOver += int.Parse(end[1], CultureInfo.InvariantCulture);
                Assert.Equal(0, worker.WaitForExit());
            }

            stop.Cancel();
            reader.Join();
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }

        output.WriteLine($"{how}: started over {startedOver} times, {looks} looks at the sum");
        Assert.True(startedOver > 0 == isOvertaken, $"started over {startedOver} times");
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(before + (Processes * Times), read.Number.Value);
        Assert.Equal(Accounts.Sum, Accounts.ReadSum(read));
        Assert.Empty(read.Verify().Problems);
    }

    private static int Look(PageFile file, CancellationToken stop)
    {
        int looks = 0;
        while (!stop.IsCancellationRequested)
        {
            using ReadTransaction read = file.BeginRead(cancellation: CancellationToken.None);
            Assert.Equal(Accounts.Sum, Accounts.ReadSum(read));
            looks++;
        }

        return looks;
    }
}
