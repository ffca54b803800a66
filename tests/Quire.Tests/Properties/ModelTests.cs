using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Properties;

/// <summary>
/// Random sequences of operations against a model; a failure prints a shrunk sequence.
/// </summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData(512, 0, 0, CommitProtocol.Classic)]
    [InlineData(512, 16L << 20, 32L << 20, CommitProtocol.Sealed)]
    [InlineData(1024, 0, 32L << 20, CommitProtocol.Sealed)]
    [InlineData(4096, 16L << 20, 0, CommitProtocol.Classic)]
    public void Any_sequence_of_operations_leaves_what_a_dictionary_would_hold(
        int pageSize, long stagingBytes, long cacheBytes, CommitProtocol protocol)
    {
        var setup = new ModelSetup(pageSize, stagingBytes, cacheBytes, protocol);
        Arbitrary<int[]> sequences = Arb.From(
            Gen.Choose(0, int.MaxValue - 1).ArrayOf(60), Shrink);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(150),
            Prop.ForAll(sequences, operations =>
            {
                using var run = new ModelRun(setup);
                run.Run(operations);
            }));
    }

    /// <summary>
    /// Leaves out halves, then single operations; an operation is never made another one.
    /// </summary>
    private static IEnumerable<int[]> Shrink(int[] operations)
    {
        for (int size = operations.Length / 2; size > 0; size /= 2)
        {
            for (int at = 0; at + size <= operations.Length; at += size)
            {
                yield return [.. operations[..at], .. operations[(at + size)..]];
            }
        }
    }
}
