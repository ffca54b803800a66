using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Protocol;

/// <summary>
/// Every write, sync and change of length of one commit fails in turn, before it is performed or
/// after. What the caller is told, what the file then does, and what is there when it is opened
/// again.
/// </summary>
public sealed class FailingIoTests : IDisposable
{
    private const int Pages = 40;

    /// <summary>Small, so that the journal is cut back at C9.</summary>
    private const long JournalLimit = 70 * 1024;

    private readonly TempFolder _folder = new();

    private string Start => _folder.File("start.quire");

    public FailingIoTests() => Stamp.Create(
        Start, Pages, 1, Stamp.Classic with { JournalLimitBytes = JournalLimit });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failing_request_stops_the_file_and_the_next_opener_finds_old_or_new(bool afterwards)
    {
        List<IoEvent> requests = RequestsOfOneCommit();
        int marker = requests.FindIndex(IsMarkerWrite);
        int durable = requests.FindLastIndex(r => r.Kind == IoKind.Sync);
        Assert.Equal(4, requests.Count(r => r.Kind == IoKind.Sync));
        for (int at = 0; at < requests.Count; at++)
        {
            string where = $"request {at} of {requests.Count}: {requests[at]}, after: {afterwards}";
            string path = CopyOfStart($"{at}.quire");
            using (var fault = new FaultyFile(path, JournalLimit))
            {
                fault.FailAt(at, afterwards, new IOException("injected"));
                Exception? failure = Record.Exception(fault.Commit);
                Assert.True(fault.HasFailed, where);
                if (at < marker)
                {
                    Assert.True(failure is IOException and not StorageFullException, where);
                }
                else if (at <= durable)
                {
                    Assert.True(failure is CommitInDoubtException { TransactionNumber: 2 }, where);
                }
                else
                {
                    // C9: the commit has been durable since C8, and is not unsaid.
                    Assert.True(failure is null, where);
                }

                fault.AssertFaulted();

                // The faulted file is still open, and in nobody's way.
                bool isCommitted = at > marker || (at == marker && afterwards);
                AssertHolds(path, isCommitted ? 2 : 1, where);
                fault.AssertFaulted();
            }
        }
    }

    [Fact]
    public void A_full_disk_before_C3_rolls_back_and_the_file_goes_on()
    {
        List<IoEvent> requests = RequestsOfOneCommit();
        int marker = requests.FindIndex(IsMarkerWrite);
        for (int at = 0; at < requests.Count; at++)
        {
            if (requests[at].Kind == IoKind.Sync)
            {
                continue;
            }

            string where = $"request {at} of {requests.Count}: {requests[at]}";
            string path = CopyOfStart($"{at}.quire");
            using (var fault = new FaultyFile(path, JournalLimit))
            {
                fault.FailAt(at, afterwards: false, new StorageFullException("injected"));
                Exception? failure = Record.Exception(fault.Commit);
                Assert.True(fault.HasFailed, where);
                if (at < marker)
                {
                    Assert.True(failure is StorageFullException, where);
                    fault.AssertGoesOn();
                }
                else
                {
                    bool isClear = requests[at].IsJournal;
                    Assert.True(isClear ? failure is null : failure is CommitInDoubtException, where);
                    fault.AssertFaulted();
                }
            }

            long expected = at < marker ? 3 : at == marker ? 1 : 2;
            AssertHolds(path, expected, where);
        }
    }

    [Fact]
    public void A_full_disk_while_staging_rolls_back_and_the_file_goes_on()
    {
        string path = CopyOfStart("staging.quire");
        using var fault = new FaultyFile(path, JournalLimit, stagingBytes: 0);
        using (WriteTransaction write = fault.File.BeginWrite())
        {
            fault.FailAt(0, afterwards: false, new StorageFullException("injected"));
            Assert.Throws<StorageFullException>(() => Stamp.Grow(write, 500));
        }

        fault.AssertGoesOn();
    }

    [Fact]
    public void A_failing_write_of_a_rollback_leaves_what_the_next_writer_clears_away()
    {
        string path = CopyOfStart("rollback.quire");
        using (var fault = new FaultyFile(path, JournalLimit, stagingBytes: 0))
        {
            WriteTransaction write = fault.File.BeginWrite();
            Stamp.Grow(write, 200);
            fault.FailAt(0, afterwards: false, new IOException("injected"));
            Assert.Throws<IOException>(write.Dispose);
            fault.AssertFaulted();
        }

        AssertHolds(path, 1, "rollback");
    }

    [Fact]
    public void A_failing_recovery_is_taken_up_by_the_next()
    {
        for (int at = 0; ; at++)
        {
            string path = CopyOfStart($"recovery-{at}.quire");
            Dead.At(path, ProtocolStep.C5);
            var hooks = new HookedHost();
            int seen = 0;
            hooks.Before = request =>
            {
                if (FaultyFile.IsCounted(request) && seen++ == at)
                {
                    throw new IOException("injected");
                }
            };
            Exception? failure = Record.Exception(
                () => PageFile.Open(path, new PageFileOptions { Host = hooks.Host }).Dispose());
            AssertHolds(path, 2, $"request {at} of recovery");
            if (failure is null)
            {
                Assert.True(at > 5, $"{at} requests");
                return;
            }

            Assert.IsAssignableFrom<IOException>(failure);
        }
    }

    private static bool IsMarkerWrite(IoEvent request) =>
        request.IsMainWrite && request.Offset == 512;

    private static void AssertHolds(string path, long expected, string where)
    {
        using PageFile file = PageFile.Open(path);
        file.Recover();
        using (ReadTransaction read = file.BeginRead())
        {
            Assert.True(Stamp.ReadAll(read) == expected, $"{Stamp.ReadAll(read)}: {where}");
            Assert.Empty(read.Verify().Problems);
        }

        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, 100);
        write.Commit();
    }

    private List<IoEvent> RequestsOfOneCommit()
    {
        using var clean = new FaultyFile(CopyOfStart("clean.quire"), JournalLimit);
        clean.Commit();
        Assert.Contains(clean.Requests, request => request.Kind == IoKind.SetLength);
        return clean.Requests;
    }

    private string CopyOfStart(string name)
    {
        string path = _folder.File(name);
        File.Copy(Start, path, overwrite: true);
        File.Copy(Start + "-journal", path + "-journal", overwrite: true);
        return path;
    }
}
