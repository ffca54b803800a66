using Quire.Peers.Native;

namespace Quire.Peers.Children;

/// <summary>
/// Spins with the priority that gives way to everything, until its input ends: a processor of a
/// virtual machine that never halts wakes at once when a flush is done.
/// </summary>
internal static class SpinnerRole
{
    public static void Run()
    {
        Lines.EndWithInput();
        PosixNative.BecomeIdlePriority();
        while (true)
        {
            Thread.SpinWait(1000);
        }
    }
}
