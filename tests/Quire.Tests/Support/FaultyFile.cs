using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Support;

/// <summary>
/// An open page file one of whose requests fails, once. Counted are writes, syncs and changes of
/// length, of both files together.
/// </summary>
public sealed class FaultyFile : IDisposable
{
    private readonly HookedHost _hooks = new();
    private int? _failAt;
    private bool _failAfterwards;
    private Exception? _failure;

    public FaultyFile(string path, long journalLimitBytes, long? stagingBytes = null)
    {
        var options = new PageFileOptions
        {
            Host = _hooks.Host,
            JournalLimitBytes = journalLimitBytes,
        };
        File = PageFile.Open(
            path, stagingBytes is { } bytes ? options with { StagingBytes = bytes } : options);
        _hooks.Before = Before;
        _hooks.After = After;
    }

    public PageFile File { get; }

    public bool HasFailed { get; private set; }

    /// <summary>The counted requests so far.</summary>
    public List<IoEvent> Requests { get; } = [];

    public static bool IsCounted(IoEvent request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Kind is IoKind.Write or IoKind.Sync or IoKind.SetLength;
    }

    /// <summary>Lets the request with this number, from now on, fail.</summary>
    public void FailAt(int number, bool afterwards, Exception failure)
    {
        _failAt = Requests.Count + number;
        _failAfterwards = afterwards;
        _failure = failure;
    }

    /// <summary>Stamps all pages and three new ones with 2.</summary>
    public void Commit()
    {
        using WriteTransaction write = File.BeginWrite();
        Stamp.Grow(write, 3);
        Stamp.WriteAll(write, 2);
        write.Commit();
    }

    /// <summary>
    /// Nothing can be done with the file any more, and the first failure is remembered.
    /// </summary>
    public void AssertFaulted()
    {
        FaultedException fault = Assert.Throws<FaultedException>(() => File.BeginRead());
        Assert.NotNull(fault.InnerException);
        Assert.Throws<FaultedException>(() => File.BeginWrite());
        Assert.Throws<FaultedException>(() => File.GetInfo());
    }

    /// <summary>The file still holds 1 and can be written; now it holds 3.</summary>
    public void AssertGoesOn()
    {
        using (ReadTransaction read = File.BeginRead())
        {
            Assert.Equal(1, Stamp.ReadAll(read));
        }

        using (WriteTransaction write = File.BeginWrite())
        {
            Stamp.Grow(write, 5);
            Stamp.WriteAll(write, 3);
            write.Commit();
        }

        using (ReadTransaction read = File.BeginRead())
        {
            Assert.Equal(3, Stamp.ReadAll(read));
            Assert.Empty(read.Verify().Problems);
        }
    }

    public void Dispose() => File.Dispose();

    private void Before(IoEvent request)
    {
        if (IsCounted(request))
        {
            Requests.Add(request);
            FailIf(!_failAfterwards);
        }
    }

    private void After(IoEvent request, bool answer)
    {
        if (IsCounted(request))
        {
            FailIf(_failAfterwards);
        }
    }

    private void FailIf(bool isTheTime)
    {
        if (isTheTime && Requests.Count - 1 == _failAt)
        {
            HasFailed = true;
            _failAt = null;
            throw _failure!;
        }
    }
}
