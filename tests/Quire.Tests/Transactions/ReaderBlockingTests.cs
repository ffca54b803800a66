using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Transactions;

/// <summary>
/// When a reader has to wait, said in steps instead of in time: at each step of a writer another
/// opener tries to begin a read transaction, without waiting.
/// </summary>
public sealed class ReaderBlockingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TransactionMode.Immediate, CommitProtocol.Classic)]
    [InlineData(TransactionMode.Deferred, CommitProtocol.Classic)]
    [InlineData(TransactionMode.Optimistic, CommitProtocol.Classic)]
    [InlineData(TransactionMode.Immediate, CommitProtocol.Sealed)]
    [InlineData(TransactionMode.Deferred, CommitProtocol.Sealed)]
    [InlineData(TransactionMode.Optimistic, CommitProtocol.Sealed)]
    public void Readers_are_kept_out_only_while_the_commit_is_applied(
        TransactionMode mode, CommitProtocol protocol)
    {
        (List<ProtocolStep> free, List<ProtocolStep> busy) = Watch(mode, protocol);
        ProtocolStep[] kept = protocol == CommitProtocol.Classic
            ?
            [
                ProtocolStep.C2E, ProtocolStep.C3, ProtocolStep.C4, ProtocolStep.C5,
                ProtocolStep.C6, ProtocolStep.C7, ProtocolStep.C8, ProtocolStep.C9,
                ProtocolStep.C10,
            ]
            :
            [
                ProtocolStep.C2E, ProtocolStep.C3, ProtocolStep.C5, ProtocolStep.C7,
                ProtocolStep.C10,
            ];
        Assert.Equal(kept, busy);
        Assert.All(
            (ProtocolStep[])
            [
                ProtocolStep.W1, ProtocolStep.W2, ProtocolStep.W3, ProtocolStep.W5,
                ProtocolStep.W6, ProtocolStep.W7, ProtocolStep.C1, ProtocolStep.C2,
            ],
            step => Assert.Contains(step, free));
    }

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void An_exclusive_transaction_keeps_them_out_from_its_beginning(
        CommitProtocol protocol)
    {
        (List<ProtocolStep> free, List<ProtocolStep> busy) =
            Watch(TransactionMode.Exclusive, protocol);
        Assert.DoesNotContain(free, step => step is > ProtocolStep.W5 and <= ProtocolStep.C10);
        Assert.Contains(ProtocolStep.W7, busy);
        Assert.Contains(ProtocolStep.C1, busy);
    }

    [Fact]
    public void A_writer_that_stages_waits_for_no_reader()
    {
        string path = NewFile();
        using PageFile file = PageFile.Open(path);
        using PageFile other = PageFile.Open(path);
        using ReadTransaction read = other.BeginRead();
        using WriteTransaction write = file.BeginWrite(TimeSpan.Zero);
        for (int i = 0; i < 100; i++)
        {
            write.Allocate();
        }

        write.Write(new PageNumber(3))[0] = 1;
        Assert.Equal(0, read.Read(new PageNumber(3))[0]);
        read.Dispose();
        write.Commit();
    }

    private (List<ProtocolStep> Free, List<ProtocolStep> Busy) Watch(
        TransactionMode mode, CommitProtocol protocol)
    {
        string path = NewFile(protocol);
        using PageFile other = PageFile.Open(path);
        var observer = new TryingObserver(other);
        using PageFile file = PageFile.Open(path, new PageFileOptions { Observer = observer });
        using WriteTransaction write = file.BeginWrite(mode);
        write.Write(new PageNumber(3))[0] = 1;
        write.Commit();
        observer.IsWatching = false;
        other.BeginRead(TimeSpan.Zero).Dispose();
        return (observer.Free, observer.Busy);
    }

    private string NewFile(CommitProtocol? protocol = null)
    {
        string path = _folder.File("a.quire");
        using PageFile file = PageFile.Open(
            path, new PageFileOptions { PageSize = 512, Protocol = protocol });
        file.Update(write => { write.Allocate(); });
        return path;
    }

    private sealed class TryingObserver(PageFile other) : ProtocolObserver
    {
        public bool IsWatching { get; set; } = true;

        public List<ProtocolStep> Free { get; } = [];

        public List<ProtocolStep> Busy { get; } = [];

        public override void OnStep(ProtocolStep reached)
        {
            if (!IsWatching)
            {
                return;
            }

            try
            {
                other.BeginRead(TimeSpan.Zero).Dispose();
                Free.Add(reached);
            }
            catch (BusyException)
            {
                Busy.Add(reached);
            }
        }
    }
}
