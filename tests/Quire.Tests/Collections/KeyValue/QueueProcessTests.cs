using System.Collections.Concurrent;
using System.Globalization;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Listeners in real processes, which share a queue, and one of which is killed.</summary>
public sealed class QueueProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_message_is_handled_also_when_a_listener_is_killed_in_its_handler()
    {
        const ulong messages = 60;
        const ulong fatal = 23;
        string path = _folder.File("a.quire");
        string witness = Directory.CreateDirectory(_folder.File("handlers")).FullName;
        using PageFile file = PageFile.Open(path);
        var store = new KeyValueStore(file, new KeyValueStoreOptions { Clock = new ManualTime() });
        using var victim = new Listener(path, witness);
        using var other = new Listener(path, witness);
        victim.Worker.Send($"stop {fatal}");
        for (ulong i = 0; i < fatal; i++)
        {
            store.Enqueue(StoreValue.FromUInt64(i));
        }

        Eventually.True(() => Queued(file) == 0, "the first messages are handled");
        while (!victim.Got.Contains(fatal))
        {
            // One at a time: two of one number would meet in the handlers' file.
            int done = other.Done.Count(number => number == fatal);
            store.Enqueue(StoreValue.FromUInt64(fatal), backoffSchedule: [TimeSpan.Zero]);
            Eventually.True(
                () => victim.Got.Contains(fatal)
                    || other.Done.Count(number => number == fatal) > done,
                "somebody has it");
        }

        victim.Worker.Kill();
        for (ulong i = fatal + 1; i < messages; i++)
        {
            store.Enqueue(StoreValue.FromUInt64(i));
        }

        // All but the one that the dead process has, until its lease is over.
        Eventually.True(() => Queued(file) == 1, "the other messages are handled");
        other.Worker.Send("advance 30000");
        Eventually.True(() => Queued(file) == 0, "the queue is empty");
        for (ulong i = 0; i < messages; i++)
        {
            ulong times = store.Get(["handled", i])?.Value.AsUInt64() ?? 0;
            Assert.True(times == 1 || (i == fatal && times > 0), $"{i}: handled {times} times");
        }

        Eventually.True(
            () => other.Done.Contains(messages - 1) && other.Done.Last() == fatal,
            "it was delivered again, last of all");
        Assert.Empty(victim.Failures.Concat(other.Failures));
    }

    private static long Queued(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return read.Map("kv/queue").Count;
    }

    /// <summary>A listener process, and what it says.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly Task _following;

        public Listener(string path, string witness)
        {
            Worker = WorkerProcess.Start("queue-listener", path, witness);
            Assert.Equal("ready", Worker.ReadLine());
            _following = Task.Run(Follow);
        }

        public WorkerProcess Worker { get; }

        public ConcurrentQueue<ulong> Got { get; } = [];

        public ConcurrentQueue<ulong> Done { get; } = [];

        public ConcurrentQueue<string> Failures { get; } = [];

        public void Dispose()
        {
            Worker.Dispose();
            Assert.True(_following.Wait(Eventually.Limit));
        }

        private void Follow()
        {
            while (Worker.TryReadLine() is { } line)
            {
                string[] words = line.Split(' ');
                if (words[0] == "failed")
                {
                    Failures.Enqueue(line);
                    continue;
                }

                (words[0] == "got" ? Got : Done).Enqueue(
                    ulong.Parse(words[1], CultureInfo.InvariantCulture));
            }
        }
    }
}
