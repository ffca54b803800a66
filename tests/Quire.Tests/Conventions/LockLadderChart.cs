using Quire.Locking;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.Conventions;

/// <summary>
/// The lock ladder's chart, over all ways of holding and all requests, against a statement of rule
/// R-order that was written from docs/protocol.md and not from the code.
/// </summary>
public sealed class LockLadderChart
{
    private static readonly LockMode?[] Modes = [null, LockMode.Shared, LockMode.Exclusive];

    [Fact]
    public void The_chart_permits_exactly_what_the_rules_permit()
    {
        int permitted = 0;
        foreach (LockMode?[] held in AllHeldStates())
        {
            foreach ((LockName name, LockMode mode, bool waits) in AllRequests())
            {
                bool expected = RulesPermit(held, name, mode, waits);
                Assert.True(
                    LockLadder.Permits(held, name, mode, waits) == expected,
                    $"{name} {mode}, waits: {waits}, holding {string.Join(",", held)}: {expected}");
                permitted += expected ? 1 : 0;
            }
        }

        Assert.InRange(permitted, 1, 729 * 24 - 1);
    }

    /// <summary>
    /// No two holders can wait for each other: a permitted wait is only for a lock behind
    /// everything that is held exclusively, in the order of the ladder.
    /// </summary>
    [Fact]
    public void Whoever_waits_holds_nothing_exclusive_behind_what_it_waits_for()
    {
        foreach (LockMode?[] held in AllHeldStates())
        {
            foreach ((LockName name, LockMode mode, bool waits) in AllRequests().Where(r => r.Waits))
            {
                if (LockLadder.Permits(held, name, mode, waits))
                {
                    Assert.DoesNotContain(
                        Enum.GetValues<LockName>(),
                        other => other > name && held[(int)other] == LockMode.Exclusive);
                }
            }
        }
    }

    private static bool RulesPermit(LockMode?[] held, LockName name, LockMode mode, bool waits)
    {
        bool Holds(LockName other) => held[(int)other] is not null;
        var rules = new List<bool>();
        switch (name)
        {
            case LockName.Open:
                // First of all locks; only who leaves has presence already, and does not wait.
                rules.AddRange(Enum.GetValues<LockName>()
                    .Where(other => other > LockName.Presence)
                    .Select(other => !Holds(other)));
                rules.Add(!Holds(LockName.Presence) || !waits);
                break;
            case LockName.Presence:
                // Only whoever is opening the file, before any later lock; nobody waits until all
                // others have gone away.
                rules.Add(Holds(LockName.Open));
                rules.AddRange(Enum.GetValues<LockName>()
                    .Where(other => other > LockName.Presence)
                    .Select(other => !Holds(other)));
                rules.Add(mode == LockMode.Shared || !waits);
                break;
            case LockName.Next:
                // Only on the way to the journal.
                rules.Add(mode == LockMode.Exclusive);
                rules.Add(!Holds(LockName.Journal) && !Holds(LockName.Gate) && !Holds(LockName.Main));
                break;
            case LockName.Journal:
                // Shared by nobody; never while holding main, not even shared (note [1a]).
                rules.Add(mode == LockMode.Exclusive);
                rules.Add(!Holds(LockName.Main) && !Holds(LockName.Gate));
                break;
            case LockName.Gate:
                // Closed by the holder of the journal, on the way to main exclusive.
                rules.Add(mode == LockMode.Exclusive);
                // Who comes next waits no longer once it has come.
                rules.Add(Holds(LockName.Journal) && !Holds(LockName.Next));
                rules.Add(held[(int)LockName.Main] != LockMode.Exclusive);
                break;
            case LockName.Main when mode == LockMode.Exclusive:
                // By the holder of the journal, once; who waits has closed the gate.
                rules.Add(Holds(LockName.Journal));
                rules.Add(held[(int)LockName.Main] != LockMode.Exclusive);
                rules.Add(Holds(LockName.Gate) || !waits);
                break;
            case LockName.Main:
                // The gate is opened before anything but main exclusive is waited for.
                rules.Add(!Holds(LockName.Gate));
                break;
        }

        return rules.TrueForAll(rule => rule);
    }

    private static IEnumerable<LockMode?[]> AllHeldStates() =>
        from open in Modes
        from presence in Modes
        from next in Modes
        from journal in Modes
        from gate in Modes
        from main in Modes
        select (LockMode?[])[open, presence, next, journal, gate, main];

    private static IEnumerable<(LockName Name, LockMode Mode, bool Waits)> AllRequests() =>
        from name in Enum.GetValues<LockName>()
        from mode in Enum.GetValues<LockMode>()
        from waits in (bool[])[false, true]
        select (name, mode, waits);
}
