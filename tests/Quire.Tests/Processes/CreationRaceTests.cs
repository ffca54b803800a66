using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// Several processes open a file that is not there: it is created once, and all use it.
/// </summary>
public sealed class CreationRaceTests
{
    private const int Rounds = 25;

    [Fact]
    public void Processes_that_create_one_file_at_once_all_get_the_same_file()
    {
        using var folder = new TempFolder();
        var workers = new List<WorkerProcess>();
        try
        {
            for (int i = 0; i < 4; i++)
            {
                workers.Add(WorkerProcess.Start("page-client"));
                Assert.Equal("ready", workers[^1].ReadLine());
            }

            for (int round = 0; round < Rounds; round++)
            {
                string path = folder.File($"{round}.quire");
                workers.ForEach(worker => worker.Send($"open {path}"));
                workers.ForEach(worker => Assert.Equal("opened", worker.ReadLine()));
                workers.ForEach(worker => worker.Send("write 5 1"));
                workers.ForEach(worker => Assert.Equal("committed 5", worker.ReadLine()));
                using PageFile file = PageFile.Open(path);
                using (ReadTransaction read = file.BeginRead())
                {
                    // One page of each, in one transaction each: nobody wrote to a file of its own.
                    Assert.Equal(new TransactionNumber((ulong)workers.Count), read.Number);
                    Assert.Equal(2u + (uint)workers.Count, read.PageCount);
                    Assert.Empty(read.Verify().Problems);
                }

                workers.ForEach(worker => Assert.Equal("closed", worker.Ask("close")));
            }
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    [Fact]
    public void Of_several_that_must_create_it_new_exactly_one_does()
    {
        using var folder = new TempFolder();
        for (int round = 0; round < Rounds; round++)
        {
            string path = folder.File($"{round}.quire");
            using var start = new Barrier(3);
            int created = 0;
            int refused = 0;
            OtherThread[] threads =
            [
                .. Enumerable.Range(0, 3).Select(_ => OtherThread.Start(() =>
                {
                    Assert.True(start.SignalAndWait(Eventually.Limit));
                    try
                    {
                        PageFile.Open(path, new PageFileOptions { Mode = PageFileMode.CreateNew })
                            .Dispose();
                        Interlocked.Increment(ref created);
                    }
                    catch (IOException)
                    {
                        Interlocked.Increment(ref refused);
                    }
                })),
            ];
            Assert.All(threads, thread => thread.Join());
            Assert.Equal((1, 2), (created, refused));
        }
    }
}
