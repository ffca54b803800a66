using Quire.Storage;
using Xunit;

namespace Quire.Tests.Storage;

/// <summary>The table in the header of <see cref="LatchedFile"/>, row by row.</summary>
public sealed class LatchedFileTests
{
    public enum Operation
    {
        Read,
        Write,
        SetLength,
        Sync,
        GetLength,
    }

    public enum Failure
    {
        DeviceError,
        NoSpace,
    }

    [Theory]
    [InlineData(Operation.Write, Failure.DeviceError, true)]
    [InlineData(Operation.Write, Failure.NoSpace, false)]
    [InlineData(Operation.SetLength, Failure.DeviceError, true)]
    [InlineData(Operation.SetLength, Failure.NoSpace, false)]
    [InlineData(Operation.Sync, Failure.DeviceError, true)]
    [InlineData(Operation.Sync, Failure.NoSpace, true)]
    [InlineData(Operation.Read, Failure.DeviceError, false)]
    [InlineData(Operation.GetLength, Failure.DeviceError, false)]
    public void The_first_failure_is_thrown_as_it_is_and_latches_as_the_table_says(
        Operation operation, Failure failure, bool latches)
    {
        var latch = new FaultLatch();
        using var inner = new FailingFile();
        using var file = new LatchedFile(inner, latch);
        IOException cause = Make(failure);
        inner.Failure = cause;

        Assert.Same(cause, Assert.ThrowsAny<IOException>(() => Perform(file, operation)));
        Assert.Equal(latches, latch.IsSet);

        inner.Failure = null;
        foreach (Operation next in Enum.GetValues<Operation>())
        {
            if (latches)
            {
                var faulted = Assert.Throws<FaultedException>(() => Perform(file, next));
                Assert.Same(cause, faulted.InnerException);
                Assert.Equal(QuireErrorCode.Faulted, faulted.Code);
            }
            else
            {
                Perform(file, next);
            }
        }
    }

    [Fact]
    public void A_latched_failure_reaches_nothing_underneath()
    {
        var latch = new FaultLatch();
        using var inner = new FailingFile();
        using var file = new LatchedFile(inner, latch);
        latch.Trip("elsewhere", new IOException("first"));

        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            Assert.Throws<FaultedException>(() => Perform(file, operation));
        }

        Assert.Equal(0, inner.Calls);
    }

    [Fact]
    public void Files_that_share_a_latch_stop_together_and_others_go_on()
    {
        var latch = new FaultLatch();
        using var main = new FailingFile { Failure = new IOException("main failed") };
        using var journal = new FailingFile();
        using var latchedMain = new LatchedFile(main, latch);
        using var latchedJournal = new LatchedFile(journal, latch);
        using var stranger = new LatchedFile(journal, new FaultLatch());
        Assert.Throws<IOException>(latchedMain.Sync);

        var faulted = Assert.Throws<FaultedException>(
            () => Perform(latchedJournal, Operation.Read));
        Assert.Contains("main failed", faulted.Message, StringComparison.Ordinal);
        Perform(stranger, Operation.Read);
    }

    [Fact]
    public void Only_the_first_cause_is_kept()
    {
        var latch = new FaultLatch();
        var first = new IOException("first");
        Assert.Null(latch.FirstCause);
        latch.Trip("a", first);
        latch.Trip("b", new IOException("second"));

        Assert.Same(first, latch.FirstCause);
        Assert.Equal("a", latch.FailedPath);
    }

    [Fact]
    public void A_read_during_which_another_thread_fails_is_not_believed()
    {
        var latch = new FaultLatch();
        using var inner = new FailingFile();
        using var file = new LatchedFile(inner, latch);
        inner.Called = () => latch.Trip("a", new IOException("meanwhile"));
        Assert.Throws<FaultedException>(() => file.Read(0, new byte[1]));
    }

    [Fact]
    public void A_latched_file_still_has_its_name_and_can_be_disposed()
    {
        var latch = new FaultLatch();
        var inner = new FailingFile();
        var file = new LatchedFile(inner, latch);
        latch.Trip("a", new IOException("first"));

        Assert.Equal("failing", file.Path);
        Assert.Equal(inner.Identity, file.Identity);
        file.Dispose();
        Assert.True(inner.IsDisposed);
    }

    private static IOException Make(Failure failure) => failure == Failure.NoSpace
        ? new StorageFullException("no space", Errno.ENOSPC)
        : new IOException("device error", Errno.EIO);

    private static void Perform(LatchedFile file, Operation operation)
    {
        switch (operation)
        {
            case Operation.Read:
                file.Read(0, new byte[1]);
                break;
            case Operation.Write:
                file.Write(0, new byte[1]);
                break;
            case Operation.SetLength:
                file.SetLength(1);
                break;
            case Operation.Sync:
                file.Sync();
                break;
            default:
                file.GetLength();
                break;
        }
    }

    private sealed class FailingFile : IStorageFile
    {
        public IOException? Failure { get; set; }

        public Action? Called { get; set; }

        public int Calls { get; private set; }

        public bool IsDisposed { get; private set; }

        public string Path => "failing";

        public bool CanWrite => true;

        public FileIdentity Identity => new(1, 2);

        public long GetLength()
        {
            Call();
            return 0;
        }

        public int Read(long offset, Span<byte> buffer)
        {
            Call();
            return 0;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => Call();

        public void SetLength(long length) => Call();

        public void Sync() => Call();

        public void Dispose() => IsDisposed = true;

        private void Call()
        {
            Calls++;
            Called?.Invoke();
            if (Failure is not null)
            {
                throw Failure;
            }
        }
    }
}
