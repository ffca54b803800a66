using System.Diagnostics;
using Quire.Locking;
using Quire.Peers.Contenders;
using Quire.Peers.Running;
using Quire.Peers.Workloads;
using Quire.Storage;

namespace Quire.Peers.Children;

/// <summary>
/// W6: one transaction whose changes are staged evenly over a while, then committed. Says when it
/// began, when the commit began and when it was done, in ms of the system's clock, and for how long
/// it kept readers out, where that can be seen from outside; where not, 0.
/// </summary>
internal static class StagerRole
{
    /// <param name="contender">Whose store.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="numbers">
    /// How many records there are, how many are changed, in how many batches, within how many ms,
    /// and the version.
    /// </param>
    public static void Run(IContender contender, string folder, long[] numbers)
    {
        var watch = new MainWatch();
        using IStore store = contender is QuireContender quire
            ? quire.Open(folder, watch)
            : contender.Open(folder);
        int[][] batches = Choose((int)numbers[0], (int)numbers[1], (int)numbers[2]);
        double duration = numbers[3];
        WarmUp.Run(slice => Pace.PerSecond(slice, () =>
        {
            store.CommitStaged([batches[0]], numbers[4], _ => { });
            return 1;
        }));

        Console.WriteLine("ready");
        if (Console.In.ReadLine() is null)
        {
            return;
        }

        double began = ReaderRole.NowMilliseconds;
        double committing = 0;
        store.CommitStaged(batches, numbers[4], staged =>
        {
            // Not all at once: a reader on the other processor is to be slowed down by locks only.
            double until = began + (duration * staged / batches.Length);
            Thread.Sleep(TimeSpan.FromMilliseconds(
                Math.Max(0, until - ReaderRole.NowMilliseconds)));
            committing = ReaderRole.NowMilliseconds;
        });
        double done = ReaderRole.NowMilliseconds;
        Lines.Write([began, committing, done, watch.Held.TotalMilliseconds]);
    }

    /// <summary>Which records a stager of these numbers changes.</summary>
    public static int[][] Choose(int records, int changes, int batches)
    {
        var random = new Random(66);
        int inEach = Math.Max(1, changes / batches);
        return
        [
            .. Enumerable.Range(0, batches).Select(_ =>
                Enumerable.Range(0, inEach).Select(_ => random.Next(records)).ToArray()),
        ];
    }

    /// <summary>For how long main is locked exclusive: from C2 granted to C10.</summary>
    private sealed class MainWatch : ProtocolObserver
    {
        private long _since;
        private bool _isHeld;

        public TimeSpan Held { get; private set; }

        public override void OnLock(LockName name, LockMode? mode)
        {
            if (name != LockName.Main)
            {
                return;
            }

            if (mode == LockMode.Exclusive)
            {
                _isHeld = true;
                _since = Stopwatch.GetTimestamp();
            }
            else if (_isHeld)
            {
                _isHeld = false;
                Held = Stopwatch.GetElapsedTime(_since);
            }
        }
    }
}
