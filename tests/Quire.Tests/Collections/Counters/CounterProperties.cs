using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections.Counters;

/// <summary>Programs on counters against a dictionary, drawn and shrunk by FsCheck.</summary>
public sealed class CounterProperties
{
    private static readonly Config Settings =
        Config.QuickThrowOnFailure.WithMaxTest(120).WithEndSize(100);

    [Fact]
    public void Counters_are_what_a_dictionary_of_numbers_would_be()
    {
        Gen<long> numbers = Gen.Frequency(
            (8, Gen.Choose(-50, 50).Select(n => (long)n)),
            (1, Gen.Choose(0, 3).Select(n => long.MaxValue - n)),
            (1, Gen.Choose(0, 3).Select(n => long.MinValue + n)));
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(kind => Gen.Choose(0, 25).SelectMany(
            name => numbers.Select(number => new Step(kind, $"counter {name}", number))));
        Check.One(
            Settings,
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    private static void Run(Step[] program)
    {
        using var file = new MapFile();
        var counters = new CounterSet(file.File);
        var committed = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var expected = new SortedDictionary<string, long>(StringComparer.Ordinal);
        WriteTransaction write = file.File.BeginWrite();
        foreach (Step step in program)
        {
            switch (step.Kind)
            {
                case < 90:
                    Perform(counters.In(write), expected, step);
                    break;
                case < 95:
                    write.Dispose();
                    expected = new(committed, StringComparer.Ordinal);
                    write = file.File.BeginWrite();
                    break;
                default:
                    write.Commit();
                    committed = new(expected, StringComparer.Ordinal);
                    write = file.File.BeginWrite();
                    break;
            }
        }

        write.Commit();
        file.Reopen();
        file.Verify();
        Assert.Equal(
            expected.Select(pair => new CounterValue(pair.Key, pair.Value)),
            new CounterSet(file.File).List());
    }

    private static void Perform(
        CounterWriter counters, SortedDictionary<string, long> expected, Step step)
    {
        (int kind, string name, long number) = step;
        long? old = expected.TryGetValue(name, out long known) ? known : null;
        switch (kind)
        {
            case < 40:
                Count(number, () => Assert.Equal(
                    (old ?? 0) + number, counters.Increment(name, number)));
                break;
            case < 55 when number >= 1:
                Count(number, () => Assert.Equal(
                    new CounterRange((old ?? 0) + 1, (old ?? 0) + number),
                    counters.Reserve(name, number)));
                break;
            case < 65:
                counters.Set(name, number);
                expected[name] = number;
                break;
            case < 75:
                Assert.Equal(expected.TryAdd(name, number), counters.TryAdd(name, number));
                break;
            case < 80:
                Assert.Equal(expected.Remove(name), counters.Delete(name));
                break;
            default:
                Assert.Equal(old, counters.Get(name));
                Assert.Equal(expected.Count, counters.Count);
                break;
        }

        void Count(long by, Action count)
        {
            Int128 sum = (Int128)(old ?? 0) + by;
            if (sum < long.MinValue || sum > long.MaxValue)
            {
                Assert.Throws<OverflowException>(() => counters.Increment(name, by));
                Assert.Equal(old, counters.Get(name));
            }
            else
            {
                count();
                expected[name] = (long)sum;
            }
        }
    }

    private sealed record Step(int Kind, string Name, long Number);
}
