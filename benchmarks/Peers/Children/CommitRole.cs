using System.Diagnostics;
using Quire.Peers.Contenders;

namespace Quire.Peers.Children;

/// <summary>
/// W7: commits of many records, one after the other, until it is killed. Says "staged" before each
/// commit, and when it is done how many ms were spent staging and how many committing.
/// </summary>
internal static class CommitRole
{
    public const string Staged = "staged";

    /// <summary>What is said by who stops in the apply of a commit.</summary>
    public const string Applying = "applying";

    public static void Run(IContender contender, string folder, int count, long version)
    {
        Lines.EndWithInput();
        using IStore store = contender.Open(folder);
        while (true)
        {
            Commit(store, count, version++);
        }
    }

    /// <summary>The same with a commit that never ends: marker set, all pages applied.</summary>
    public static void StopInApply(
        QuireContender contender, string folder, int count, long version)
    {
        Lines.EndWithInput();
        var observer = new Stop();
        using IStore store = contender.Open(folder, observer);
        Commit(store, count, version);
        observer.IsArmed = true;
        Commit(store, count, version + 1);
    }

    private static void Commit(IStore store, int count, long version)
    {
        int[][] batches = [[.. Enumerable.Range(0, count)]];
        long started = Stopwatch.GetTimestamp();
        long staged = 0;
        store.CommitStaged(batches, version, _ =>
        {
            staged = Stopwatch.GetTimestamp();
            Console.WriteLine(Staged);
        });
        Lines.Write([
            Stopwatch.GetElapsedTime(started, staged).TotalMilliseconds,
            Stopwatch.GetElapsedTime(staged).TotalMilliseconds,
        ]);
    }

    private sealed class Stop : ProtocolObserver
    {
        public bool IsArmed { get; set; }

        public override void OnStep(ProtocolStep reached)
        {
            if (IsArmed && reached == ProtocolStep.C7)
            {
                Console.WriteLine(Applying);
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }
}
