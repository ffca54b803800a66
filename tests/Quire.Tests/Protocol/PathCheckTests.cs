using Quire.Locking;
using Quire.Storage;
using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Protocol;

/// <summary>
/// Rule R-G7 where time passes as it does outside the lab: when the paths are compared, and what is
/// noticed in between. The clock stands, so that a comparison stays young until it is moved.
/// </summary>
public sealed class PathCheckTests : IDisposable
{
    /// <summary>For so long a comparison is good: docs/protocol.md, "The paths".</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromMilliseconds(3);

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly HookedHost _hooks = new();
    private int _looks;

    private string Path => _folder.File("a.quire");

    private string Journal => Path + "-journal";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_paths_are_compared_once_in_a_while()
    {
        using PageFile file = Open();
        Commit(file, 2);
        Assert.Equal(2, LooksOf(() => Compared(file)));
        Assert.Equal(0, LooksOf(() => Commit(file, 3)));
        _time.Advance(Lasts - TimeSpan.FromTicks(1));
        Assert.Equal(0, LooksOf(() => Commit(file, 4)));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, LooksOf(() => Commit(file, 5)));
    }

    [Fact]
    public void A_commit_whose_sync_took_long_compares_again_before_it_is_applied()
    {
        using PageFile file = Open();
        Commit(file, 2);
        Compared(file);
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, 3);
        _time.Advance(Lasts);
        Assert.Equal(2, LooksOf(() => write.Commit()));
    }

    [Fact]
    public void The_paths_are_compared_after_the_commit_of_somebody_else()
    {
        using PageFile file = Open();
        using PageFile other = PageFile.Open(Path);
        Commit(file, 2);
        Compared(file);
        Commit(other, 3);

        // A reader has seen the number of the other one; the writer has not.
        using (file.BeginRead())
        {
        }

        Assert.Equal(2, LooksOf(() => Commit(file, 4)));
        Assert.Equal(0, LooksOf(() => Commit(file, 5)));
    }

    [Fact]
    public void The_paths_are_compared_after_a_wait_for_the_journal()
    {
        using PageFile file = Open();
        using PageFile other = PageFile.Open(Path);
        Commit(file, 2);
        Compared(file);
        WriteTransaction held = other.BeginWrite();
        OtherThread waiting = OtherThread.Start(() => Commit(file, 3));
        Eventually.True(() => IsNextTaken(other), "the writer waits in the line");
        int before = Volatile.Read(ref _looks);
        held.Dispose();
        waiting.Join();
        Assert.Equal(before + 2, Volatile.Read(ref _looks));
    }

    [SkippableTheory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void A_journal_that_was_deleted_is_noticed_at_once(CommitProtocol protocol)
    {
        SkipOnWindows();
        using PageFile file = Open(protocol);
        Commit(file, 2);
        Compared(file);
        File.Delete(Journal);
        Refused(() => file.BeginWrite());
    }

    [SkippableTheory]
    [InlineData(CommitProtocol.Classic)]
    [InlineData(CommitProtocol.Sealed)]
    public void A_journal_that_another_file_replaced_is_noticed_at_once(CommitProtocol protocol)
    {
        SkipOnWindows();
        using PageFile file = Open(protocol);
        Commit(file, 2);
        Compared(file);
        File.WriteAllBytes(_folder.File("b"), File.ReadAllBytes(Journal));
        File.Move(_folder.File("b"), Journal, overwrite: true);
        Refused(() => file.BeginWrite());
    }

    [Fact]
    public void A_journal_that_was_renamed_away_is_noticed_when_the_comparison_is_old()
    {
        using PageFile file = Open();
        Commit(file, 2);
        Compared(file);
        File.Move(Journal, _folder.File("b"));
        Commit(file, 3);
        _time.Advance(Lasts);
        Refused(() => file.BeginWrite());
    }

    /// <summary>
    /// What protects while nobody compares: two writers hold two journals, and the second one finds
    /// at C2 that main has moved.
    /// </summary>
    [Fact]
    public void Of_two_writers_with_two_journals_one_is_refused()
    {
        using PageFile file = Open(CommitProtocol.Classic);
        Commit(file, 2);
        Compared(file);
        File.Move(Journal, _folder.File("b"));
        using PageFile other = PageFile.Open(Path);
        using WriteTransaction late = other.BeginWrite();
        Stamp.WriteAll(late, 4);
        Commit(file, 3);
        Refused(() => late.Commit());
        using ReadTransaction read = other.BeginRead();
        Assert.Equal(3, Stamp.ReadAll(read));
    }

    private static void SkipOnWindows() => Skip.If(
        OperatingSystem.IsWindows(), "When a name goes there depends on the file system.");

    private static void Commit(PageFile file, long number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private static void Refused(Action action)
    {
        QuireException refused = Assert.Throws<QuireException>(action);
        Assert.Equal(QuireErrorCode.FileReplaced, refused.Code);
    }

    /// <summary>Compares the paths, so that the comparison is as young as it can be.</summary>
    private void Compared(PageFile file)
    {
        _time.Advance(Lasts);
        file.BeginWrite().Dispose();
    }

    private int LooksOf(Action action)
    {
        int before = _looks;
        action();
        return _looks - before;
    }

    private static bool IsNextTaken(PageFile other) =>
        other.Engine.Host.Locks
            .LocksOf(((LatchedFile)other.Engine.Writer!.Journal).Inner)
            .IsRefused(LockBytes.RangeOf(LockName.Next), LockMode.Exclusive);

    private PageFile Open(CommitProtocol protocol = CommitProtocol.Sealed)
    {
        Stamp.Create(Path, 2, 1, new PageFileOptions { Protocol = protocol });
        PageFile file = PageFile.Open(Path, new PageFileOptions
        {
            Host = _hooks.Host with { Clock = _time },
            SharesLooks = true,
        });
        _hooks.Before = request =>
        {
            if (request.Kind == IoKind.Identify)
            {
                Interlocked.Increment(ref _looks);
            }
        };
        return file;
    }
}
