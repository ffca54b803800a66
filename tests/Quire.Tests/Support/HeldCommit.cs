using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Support;

/// <summary>
/// An open page file whose next sync of the journal waits until the test lets it go on: other
/// transactions of the process gather behind it meanwhile, as many as the test likes.
/// </summary>
public sealed class HeldCommit : IDisposable
{
    private readonly HookedHost _hooks = new();
    private readonly ManualResetEventSlim _go = new();
    private readonly List<OtherThread> _threads = [];
    private int _syncs;
    private Exception? _failure;
    private volatile bool _holds;
    private volatile bool _isHeld;

    public HeldCommit(string path, PageFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        File = PageFile.Open(path, options with { Host = _hooks.Host });
        _hooks.Before = Before;

        // The first writer of a sealed file syncs the header of its log: not the sync that is meant.
        File.BeginWrite().Dispose();
    }

    public PageFile File { get; }

    /// <summary>How often the journal was synced since the commit was held.</summary>
    public int JournalSyncs => _syncs;

    /// <summary>How many wait for their turn.</summary>
    public int Waiting => File.Engine.Writer?.Queue.Waiting ?? 0;

    /// <summary>
    /// An update of one that waits: it commits when the first one is at its sync, not before, when it
    /// would still be of the same group.
    /// </summary>
    public void Update(Action<WriteTransaction> action, UpdateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(action);
        File.Update(
            write =>
            {
                action(write);
                Eventually.True(() => _isHeld, "the first commit is held");
            },
            options);
    }

    /// <summary>
    /// A transaction commits while another one waits, so that it is one of a group, and stops before
    /// the sync of its journal; meanwhile the other one has its turn.
    /// </summary>
    /// <param name="first">What the one that is held does.</param>
    /// <param name="second">
    /// What is started on another thread, and must become a writer: by <see cref="Update"/>.
    /// </param>
    /// <returns>Asked after <see cref="LetGo"/>: why the first one failed; null when it did not.</returns>
    public Func<Exception?> Hold(Action<WriteTransaction> first, Action second)
    {
        ArgumentNullException.ThrowIfNull(first);
        using var isIn = new ManualResetEventSlim();
        Exception? failure = null;
        _holds = true;
        Start(() => failure = Record.Exception(() => File.Update(write =>
        {
            isIn.Set();
            Eventually.True(() => Waiting > 0, "another transaction waits");
            first(write);
        })));
        Assert.True(isIn.Wait(Eventually.Limit));
        Start(second);
        Eventually.True(() => _isHeld, "the first commit is held");
        return () => failure;
    }

    /// <summary>Runs on a thread of its own.</summary>
    public OtherThread Start(Action action)
    {
        OtherThread thread = OtherThread.Start(action);
        _threads.Add(thread);
        return thread;
    }

    /// <summary>Lets the commit that is held go on, or fail, and waits for all threads.</summary>
    public void LetGo(Exception? failure = null)
    {
        _failure = failure;
        _go.Set();
        Assert.All(_threads, thread => thread.Join());
    }

    public void Dispose()
    {
        _go.Set();
        File.Dispose();
        _go.Dispose();
    }

    private void Before(IoEvent request)
    {
        bool isJournalSync = request.Kind == IoKind.Sync
            && request.Path.EndsWith("-journal", StringComparison.Ordinal);
        if (!isJournalSync || !_holds)
        {
            return;
        }

        _syncs++;
        if (!_isHeld)
        {
            _isHeld = true;
            _go.Wait(Eventually.Limit);
            if (_failure is { } failure)
            {
                throw failure;
            }
        }
    }
}
