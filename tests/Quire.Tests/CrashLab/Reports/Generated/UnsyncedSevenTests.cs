using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Reports.Generated;

// The check fails after a power cut
//   Quire.CrashLab.CheckFailedException: the third seven is missing
//
// -- the program
// #    |    | 1 program                         | locks held         | not synced     | disk
// ---- | -- | --------------------------------- | ------------------ | -------------- | ----------
// 1    |    | open data                         |                    |                |
// 2    | W1 | begin seven                       |                    |                |
// 3    |    | write data x4 [0] to [3]          |                    | data 4         |
// 7    | W2 | acknowledge seven                 |                    |                |
// 8    |    | close data                        |                    |                |
// ================================================================================================
//   POWER CUT 1 after change 4: of what was not synced the disk has nothing
// ================================================================================================
//
// -- recovery and check after power cut 1
// #    | check                                  | locks held         | not synced     | disk
// ---- | -------------------------------------- | ------------------ | -------------- | ----------
// 9    | open x1, read x1, close x1             |                    |                |
//
//   FAILS: the third seven is missing
//   promised: acknowledged: [seven], in doubt: []
//   model: barrier-reorder
public sealed class UnsyncedSevenTests
{
    private const string Token =
        "4:0x4";

    [Fact]
    public void A_seven_is_lost_when_power_fails()
    {
        var options = new CrashOptions
        {
            Model = PersistenceModel.Named("barrier-reorder"),
        };
        CrashFailure? failure = CrashTest.Replay(
            ReportScenarios.Unsynced(), Token, options);

        Assert.NotNull(failure);
        Assert.Equal(
            "Quire.CrashLab.CheckFailedException", failure.Error.GetType().FullName);
        Assert.Equal(
            "the third seven is missing",
            failure.Error.Message);
    }
}
