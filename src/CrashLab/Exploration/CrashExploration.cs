using System.Numerics;

namespace Quire.CrashLab;

/// <summary>
/// Looks for a failing crash state of a recorded program: after each of its changes, every disk
/// that the model allows, and behind each of them, when recovery is to be crashed too, the same
/// again.
/// </summary>
/// <remarks>
/// States are made one after the other and checked in batches of a fixed size, by as many threads
/// as there are; what came of them is looked at in their order. So the result is the same whatever
/// the number of threads.
/// </remarks>
internal sealed class CrashExploration
{
    private const int BatchSize = 256;

    private readonly CrashOptions _options;
    private readonly CheckRunner _check;
    private readonly WatchedPool? _pool;
    private readonly ProgressMeter? _meter;
    private readonly SiteFaults[] _faults;
    private readonly Random _random;
    private readonly HashSet<UInt128> _seen;

    /// <param name="options">How far to go.</param>
    /// <param name="check">What must hold.</param>
    /// <param name="pool">Who checks; null for the calling thread.</param>
    /// <param name="meter">Told of progress when the calling thread checks.</param>
    /// <param name="seen">
    /// The disks that other explorations of the same check have been through; null for none.
    /// </param>
    public CrashExploration(
        CrashOptions options,
        CheckRunner check,
        WatchedPool? pool = null,
        ProgressMeter? meter = null,
        HashSet<UInt128>? seen = null)
    {
        _seen = seen ?? [];
        _options = options;
        _check = check;
        _pool = pool;
        _meter = meter;
        _random = new SimulatedRandom(options.Seed);
        int lanes = pool is null ? 1 : options.DegreeOfParallelism;
        _faults = [.. Enumerable.Range(0, lanes).Select(_ => new SiteFaults(options.Omit))];
    }

    public int CrashPoints { get; private set; }

    public long Checked { get; private set; }

    public BigInteger Legal { get; private set; }

    /// <summary>How many of the legal states were looked at, doubles included.</summary>
    public long Drawn { get; private set; }

    public bool IsExhaustive { get; private set; } = true;

    public List<CrashFailure> Failures { get; } = [];

    public IEnumerable<SiteFaults> Faults => _faults;

    private bool IsDone =>
        (Failures.Count > 0 && !_options.FindAll) || Checked >= _options.Budget;

    /// <summary>Crashes a program after each of its changes, in every legal way.</summary>
    public void Crash(Stage stage, int crashesLeft, IReadOnlyList<CrashPoint> before)
    {
        IReadOnlyList<Mutation> mutations = stage.Recording.Mutations;
        DiskState disk = DiskState.FromImage(stage.Start);
        var batch = new List<Candidate>();
        for (int done = 0; done <= mutations.Count && !IsDone; done++)
        {
            if (done > 0)
            {
                disk.Apply(mutations[done - 1]);
            }

            _options.Cancellation.ThrowIfCancellationRequested();
            CrashPoints++;
            Mutation? next = done < mutations.Count ? mutations[done] : null;
            var states = new CrashStates(disk, _options.Model, next);
            Legal += states.Count;
            Promises promises = stage.PromisesAfter(done);
            foreach (int[] choices in Choose(states))
            {
                Drawn++;
                DiskImage image = states.ImageOf(choices).ClearPastEnds();
                if (!_seen.Add(image.Key(promises, crashesLeft)))
                {
                    continue;
                }

                batch.Add(new Candidate(image, states, choices, done, promises));
                if (batch.Count == BatchSize || Checked + batch.Count >= _options.Budget)
                {
                    CheckAll(batch, mutations, crashesLeft, before);
                    if (IsDone)
                    {
                        IsExhaustive = false;
                        return;
                    }
                }
            }
        }

        CheckAll(batch, mutations, crashesLeft, before);
    }

    private void CheckAll(
        List<Candidate> batch,
        IReadOnlyList<Mutation> mutations,
        int crashesLeft,
        IReadOnlyList<CrashPoint> before)
    {
        Candidate[] states = [.. batch];
        batch.Clear();
        Outcome[] outcomes = _pool is null
            ? [.. states.Select(state => Check(state, crashesLeft, _faults[0], _meter))]
            : _pool.Run(
                states.Length,
                (i, lane, meter) => Check(states[i], crashesLeft, _faults[lane], meter),
                _ => new Outcome(null, WatchedPool.StandsStill(_options.HangAfter)),
                endsAtHang: !_options.FindAll);
        for (int i = 0; i < states.Length && !IsDone; i++)
        {
            if (++Checked % 4096 == 0)
            {
                _options.Progress?.Report(Checked);
            }

            Candidate state = states[i];
            bool isDeeper = crashesLeft > 1 && outcomes[i].Recovery is { IsChanged: true };
            if (outcomes[i].Error is null && !isDeeper)
            {
                continue;
            }

            List<CrashPoint> crashes =
                [.. before, state.States.Describe(state.Choices, state.Done, mutations)];
            if (outcomes[i].Error is { } error)
            {
                Failures.Add(new CrashFailure
                {
                    Crashes = crashes,
                    Promises = state.Promises,
                    Error = error,
                });
            }
            else
            {
                var recovery = new Stage(
                    state.Image, outcomes[i].Recovery!, _ => state.Promises);
                Crash(recovery, crashesLeft - 1, crashes);
            }
        }
    }

    private Outcome Check(
        Candidate state, int crashesLeft, SiteFaults faults, ProgressMeter? meter)
    {
        Recording recovery = _check.Check(
            state.Image, state.Promises, faults, meter, keepsMutations: crashesLeft > 1);
        return new Outcome(crashesLeft > 1 ? recovery : null, recovery.Error);
    }

    /// <summary>All states of a crash point, or a sample when there are too many.</summary>
    private IEnumerable<int[]> Choose(CrashStates states)
    {
        if (states.Count <= _options.StatesPerPoint)
        {
            for (BigInteger number = 0; number < states.Count; number++)
            {
                yield return states.ChoicesOf(number);
            }

            yield break;
        }

        IsExhaustive = false;
        yield return states.ChoicesOf(BigInteger.Zero);
        yield return states.ChoicesOf(states.Count - 1);
        for (int i = 2; i < _options.StatesPerPoint; i++)
        {
            yield return states.RandomChoices(_random);
        }
    }

    /// <summary>A state to be checked.</summary>
    private sealed record Candidate(
        DiskImage Image, CrashStates States, int[] Choices, int Done, Promises Promises);

    /// <summary>What came of a check; the recovery only when it is to be crashed.</summary>
    private readonly record struct Outcome(Recording? Recovery, Exception? Error);
}
