using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>A short run of the fuzzer, with seeds that are the same every time.</summary>
public sealed class FuzzTests
{
    private const int Executions = 2500;

    [Theory]
    [InlineData(FuzzTarget.Main, CommitProtocol.Classic)]
    [InlineData(FuzzTarget.Main, CommitProtocol.Sealed)]
    [InlineData(FuzzTarget.Journal, CommitProtocol.Classic)]
    [InlineData(FuzzTarget.Journal, CommitProtocol.Sealed)]
    [InlineData(FuzzTarget.Both, CommitProtocol.Classic)]
    [InlineData(FuzzTarget.Both, CommitProtocol.Sealed)]
    [InlineData(FuzzTarget.Sectors, CommitProtocol.Classic)]
    [InlineData(FuzzTarget.Sectors, CommitProtocol.Sealed)]
    public void The_fuzzer_breaks_no_promise(FuzzTarget target, CommitProtocol protocol)
    {
        var run = new FuzzRun(target, protocol);
        int refused = 0;
        for (int seed = 0; seed < Executions; seed++)
        {
            FuzzCase fuzzCase = run.Make(seed);
            try
            {
                refused += run.Execute(fuzzCase).IsRefused ? 1 : 0;
            }
            catch (OracleException failure)
            {
                Assert.Fail($"seed {seed}, target {target}, {fuzzCase.State}: {failure.Message}");
            }
        }

        // A fuzzer whose every input is refused, or none, tests nothing.
        Assert.InRange(refused, Executions / 20, Executions * 19 / 20);
    }

    [Fact]
    public void The_oracle_notices_wrong_data()
    {
        FileState state = new StateFactory().Clean();
        FileContents other = new StateFactory(flavour: 1).Clean().Expected;
        var disk = new MemoryDisk();
        state.PutOn(disk);
        Assert.Throws<OracleException>(() => new Oracle(disk).Judge([other]));
        state.PutOn(disk);
        Assert.False(new Oracle(disk).Judge(state.Legal).IsRefused);
    }
}
