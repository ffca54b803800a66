using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Reports.Generated;

// CheckFailedAfterPowerLoss after 4 operations
//   Quire.CrashLab.CheckFailedException: 1 were counted, the file says 0
//
// -- the program
// #    | 1 ann             | 2 bob             | locks held         | not synced     | disk
// ---- | ----------------- | ----------------- | ------------------ | -------------- | ----------
// 1    | open n            |                   |                    |                |
// 2    | lock X door       |                   | 1:X door           |                |
// 3    | begin ann         |                   |                    |                |
// 4    | read n 0+4        |                   |                    |                |
// 5    | write n 0+4 [0]   |                   |                    | n 1            |
// 6    | acknowledge ann   |                   |                    |                |
// ================================================================================================
//   POWER CUT 1 after change 1: of what was not synced the disk has nothing
// ================================================================================================
//
// -- recovery and check after power cut 1
// #    | check                                  | locks held         | not synced     | disk
// ---- | -------------------------------------- | ------------------ | -------------- | ----------
// 7    | open x1, read x1, close x1             |                    |                |
//
//   FAILS: 1 were counted, the file says 0
//   promised: acknowledged: [ann], in doubt: []
//   model: barrier-reorder
public sealed class UnsyncedCountTests
{
    private const string Token =
        "1x4~1:0";

    [Fact]
    public void A_count_is_lost_when_power_fails()
    {
        var options = new ScheduleOptions
        {
            Model = PersistenceModel.Named("barrier-reorder"),
            PowerLosses = 1,
        };
        ScheduleFailure? failure = ScheduleExplorer.Replay(
            ReportScenarios.Counters(isLocked: true), Token, options);

        Assert.NotNull(failure);
        Assert.Equal(FailureKind.CheckFailedAfterPowerLoss, failure.Kind);
        Assert.Equal(
            "Quire.CrashLab.CheckFailedException", failure.Error.GetType().FullName);
        Assert.Equal(
            "1 were counted, the file says 0",
            failure.Error.Message);
    }
}
