using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>Checkpoints on request (K1 to K4), on real files.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TraceRecorder _trace = new();

    private string Path => _folder.File("a.quire");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Main_alone_is_the_file_afterwards(bool isAsync)
    {
        using PageFile file = OpenNew(CommitProtocol.Sealed);
        using PageFile other = PageFile.Open(Path);
        Write(file, 2);
        Write(other, 3);
        if (isAsync)
        {
            await file.CheckpointAsync();
        }
        else
        {
            file.Checkpoint();
        }

        File.Copy(Path, _folder.File("copy.quire"));
        using PageFile copy = PageFile.Open(_folder.File("copy.quire"));
        Assert.Equal(3, Read(copy));
        Write(copy, 4);
        Assert.Equal(4, Read(copy));
        Write(other, 5);
        Assert.Equal(5, Read(file));
    }

    /// <summary>What the summary says about copies of a file in use.</summary>
    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void A_file_in_use_is_copied_with_its_journal_while_no_writer_is_in(
        CommitProtocol protocol)
    {
        using PageFile file = OpenNew(protocol);
        Write(file, 2);
        using (file.BeginWrite())
        {
            File.Copy(Path, _folder.File("copy.quire"));
            File.Copy(Path + "-journal", _folder.File("copy.quire-journal"));
        }

        using PageFile copy = PageFile.Open(_folder.File("copy.quire"));
        Assert.Equal(2, Read(copy));
    }

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public async Task To_ask_when_there_is_nothing_to_do_takes_no_step_of_a_checkpoint(
        CommitProtocol protocol)
    {
        OpenNew(protocol).Dispose();
        using PageFile file = PageFile.Open(Path, _trace.Options);
        if (protocol == CommitProtocol.Classic)
        {
            Write(file, 2);
        }

        _trace.Record();
        file.Checkpoint();
        await file.CheckpointAsync();
        _trace.Pause();
        Assert.DoesNotContain("K1", _trace.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_meets_a_reader_is_busy_and_may_ask_again()
    {
        using PageFile file = OpenNew(CommitProtocol.Sealed);
        using PageFile other = PageFile.Open(Path);
        Write(file, 2);
        using (other.BeginRead())
        {
            Assert.Throws<BusyException>(() => file.Checkpoint(TimeSpan.Zero));
            await Assert.ThrowsAsync<BusyException>(
                async () => await file.CheckpointAsync(TimeSpan.Zero));
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await file.CheckpointAsync(Eventually.Limit, cancellation.Token));
        }

        file.Checkpoint(TimeSpan.Zero);
        Assert.Equal(2, Read(other));
        Write(other, 3);
        Assert.Equal(3, Read(file));
    }

    [Fact]
    public void Who_meets_a_writer_is_busy()
    {
        using PageFile file = OpenNew(CommitProtocol.Sealed);
        using PageFile other = PageFile.Open(Path);
        using (other.BeginWrite())
        {
            Assert.Throws<BusyException>(() => file.Checkpoint(TimeSpan.Zero));
        }

        using WriteTransaction own = file.BeginWrite();
        Assert.Throws<InvalidOperationException>(() => file.Checkpoint(TimeSpan.Zero));
    }

    [Theory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void Who_may_not_write_may_not_ask(CommitProtocol protocol)
    {
        OpenNew(protocol).Dispose();
        using PageFile file = PageFile.Open(
            Path, new PageFileOptions { Mode = PageFileMode.ReadOnly });
        Assert.Throws<InvalidOperationException>(() => file.Checkpoint());
    }

    [Theory]
    [InlineData(ProtocolStep.K1)]
    [InlineData(ProtocolStep.K2)]
    [InlineData(ProtocolStep.K3)]
    [InlineData(ProtocolStep.K4)]
    public void Whoever_dies_at_a_step_leaves_a_file_that_goes_on(ProtocolStep step)
    {
        using PageFile other = OpenNew(CommitProtocol.Sealed);
        var doomed = new TraceRecorder();
        PageFile file = PageFile.Open(Path, doomed.Options);
        Write(file, 2);
        doomed.DieAt = step;

        // Its rollback, on files that are gone, hides the death itself.
        Assert.Throws<ObjectDisposedException>(() => file.Checkpoint());
        Assert.Equal(2, Read(other));
        Write(other, 3);
        other.Checkpoint();
        Assert.Equal(3, Read(other));
    }

    private PageFile OpenNew(CommitProtocol protocol)
    {
        Stamp.Create(Path, 1, 1, new PageFileOptions { Protocol = protocol });
        return PageFile.Open(Path);
    }

    private static long Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return Stamp.ReadAll(read);
    }

    private static void Write(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }
}
