using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>
/// Programs on a store against <see cref="StoreModel"/>, drawn by FsCheck: operations with checks,
/// in transactions of their own and several in one, expiry, lists, reopenings and power cuts.
/// </summary>
public sealed class StoreProperties
{
    private static readonly StoreKey[] Keys =
    [
        ["a"], ["a", 1], ["a", 2], ["a", 2, "x"], ["b"], ["b", new byte[] { 0 }], ["b", true],
        ["c", new string('l', 89)], ["c", new string('l', 90)], ["c", new string('l', 180)],
        ["c", new string('l', 180), 1], ["c", new string('l', 1900)],
    ];

    [Fact]
    public void A_store_is_what_its_model_is()
    {
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(
            kind => Gen.Choose(0, int.MaxValue - 1).Select(seed => new Step(kind, seed)));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(120).WithEndSize(150),
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    private static void Run(Step[] program)
    {
        using var run = new ModelRun();
        foreach (Step step in program)
        {
            run.Perform(step.Kind, new Random(step.Seed));
        }
    }

    private static ModelChange DrawChange(Random random)
    {
        StoreKey key = Keys[random.Next(Keys.Length)];
        TimeSpan? time = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(1, 20)) : null;
        StoreValue number = StoreValue.FromUInt64((ulong)random.NextInt64() * 3);
        return random.Next(20) switch
        {
            < 6 => new ModelChange('s', key, number, time),
            < 9 => new ModelChange(
                's', key, StoreValue.FromBytes(new byte[random.Next(700)]), time),
            < 14 => new ModelChange('d', key),
            < 17 => new ModelChange('+', key, number),
            < 19 => new ModelChange('<', key, number),
            _ => new ModelChange('>', key, number),
        };
    }

    private sealed record Step(int Kind, int Seed);

    private sealed class ModelRun : IDisposable
    {
        private readonly StoreFile _file = new(sweepBatch: 2);
        private readonly StoreModel _model = new();
        private Versionstamp _last;

        private DateTimeOffset Now => _file.Clock.GetUtcNow();

        public void Dispose() => _file.Dispose();

        public void Perform(int kind, Random random)
        {
            switch (kind)
            {
                case < 55:
                    PerformOne(Draw(random), operation => operation.Commit(), _file.Store.Atomic());
                    break;
                case < 70:
                    PerformSeveral(random);
                    break;
                case < 80:
                    _file.Clock.Step(TimeSpan.FromMilliseconds(random.Next(1, 9000)));
                    break;
                case < 85:
                    _file.Store.SweepExpired();
                    break;
                case < 88:
                    _file.Maps.Reopen();
                    break;
                case < 90:
                    _file.Maps.CutPower(random);
                    break;
                default:
                    List(random);
                    break;
            }

            Assert.Null(_model.Compare(_file.Store.List(StoreSelector.All), Now));
        }

        private (List<(StoreKey, Versionstamp?)> Checks, List<ModelChange> Changes) Draw(
            Random random)
        {
            var checks = new List<(StoreKey, Versionstamp?)>();
            for (int i = random.Next(3); i > 0; i--)
            {
                StoreKey key = Keys[random.Next(Keys.Length)];
                Versionstamp? stamp = _model.Find(key, Now)?.Versionstamp;
                checks.Add((key, random.Next(6) == 0 ? (stamp is null ? _last : null) : stamp));
            }

            int changes = random.Next(6);
            return (checks, [.. Enumerable.Range(0, changes).Select(_ => DrawChange(random))]);
        }

        private void PerformSeveral(Random random)
        {
            using WriteTransaction write = _file.File.BeginWrite(
                random.Next(2) == 0 ? TransactionMode.Immediate : TransactionMode.Deferred);
            KeyValueWriter store = _file.Store.In(write);
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                PerformOne(Draw(random), store.Apply, new AtomicOperation());
                Assert.Null(_model.Compare(store.List(StoreSelector.All), Now));
            }

            write.Commit();
        }

        private void PerformOne(
            (List<(StoreKey Key, Versionstamp? Stamp)> Checks, List<ModelChange> Changes) drawn,
            Func<AtomicOperation, AtomicResult> commit,
            AtomicOperation operation)
        {
            foreach ((StoreKey key, Versionstamp? stamp) in drawn.Checks)
            {
                operation.Check(key, stamp);
            }

            drawn.Changes.ForEach(change => change.AddTo(operation));
            int[] failed =
            [
                .. Enumerable.Range(0, drawn.Checks.Count).Where(i =>
                    _model.Find(drawn.Checks[i].Key, Now)?.Versionstamp != drawn.Checks[i].Stamp),
            ];
            AtomicResult result;
            try
            {
                result = commit(operation);
            }
            catch (StoreTypeException)
            {
                Assert.Empty(failed);
                Assert.Null(_model.Apply(drawn.Changes, Now, default));
                return;
            }

            Assert.Equal(failed, result.FailedChecks);
            Assert.Equal(failed.Length == 0, result.IsCommitted);
            if (result.IsCommitted)
            {
                Assert.True(result.Versionstamp > _last);
                _last = result.Versionstamp;
                Assert.Equal(_model.Apply(drawn.Changes, Now, _last), result.Results);
            }
        }

        private void List(Random random)
        {
            StoreKey[] ends = [.. Enumerable.Range(0, 2).Select(_ => Keys[random.Next(Keys.Length)])
                .Order()];
            StoreSelector selector = random.Next(2) == 0
                ? StoreSelector.Between(ends[0], ends[1])
                : StoreSelector.WithPrefix(ends[0]);
            bool isReversed = random.Next(2) == 0;
            StoreKey[] expected =
            [
                .. _model.At(Now).Select(pair => pair.Key).Where(key =>
                    selector.Holds(key.Encoded)),
            ];
            var found = new List<StoreKey>();
            var options = new StoreListOptions
            {
                Limit = random.Next(1, 5), IsReversed = isReversed,
            };
            do
            {
                StorePage page = _file.Store.List(selector, options);
                found.AddRange(page.Select(entry => entry.Key));
                options = options with { Cursor = page.Cursor };
            }
            while (options.Cursor is not null);
            Assert.Equal(isReversed ? expected.Reverse() : expected, found);
        }
    }
}
