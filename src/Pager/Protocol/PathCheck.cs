using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Rule R-G7: a journal that was deleted or replaced while it was open locks nobody out any more,
/// and neither does a main file that was swapped for another. So the paths of both are asked for
/// what they name now, and that is compared with what is open.
/// </summary>
/// <remarks>
/// <para>
/// A comparison costs two system calls, as much as all that a commit reads. It is made at W3 and at
/// C2 when the last one of this open file is <see cref="Lasts"/> old, and at W3 also when something
/// has happened since that this open file did not do: main has another number, or the journal lock
/// was waited for. At W6 the length of the journal is asked for anyway, and with it whether it still
/// has a name; if not, the paths are compared again.
/// </para>
/// <para>
/// So for a few milliseconds it can go unnoticed that a file was renamed away, or that another one
/// took the place of main. docs/protocol.md tells what protects then. Used under the journal lock.
/// </para>
/// </remarks>
/// <param name="files">Knows what a path names.</param>
/// <param name="main">The main file, as opened.</param>
/// <param name="journal">The journal, as opened.</param>
/// <param name="clock">Measures how old a comparison is; null when each is to be made.</param>
internal sealed class PathCheck(
    IFileSystem files, IStorageFile main, IStorageFile journal, TimeProvider? clock)
{
    /// <summary>About a stay at the journal (<see cref="Quire.Locking.JournalLine"/>).</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromMilliseconds(3);

    private long? _compared;
    private TransactionNumber _number;

    /// <summary>
    /// W3, C2: compares, unless it was done a moment ago and nobody has committed since.
    /// </summary>
    /// <param name="number">The number of main now.</param>
    /// <exception cref="QuireException">
    /// <see cref="QuireErrorCode.FileReplaced"/>: a path names another file, or none.
    /// </exception>
    public void Verify(TransactionNumber number)
    {
        if (number == _number && _compared is { } then && clock?.GetElapsedTime(then) < Lasts)
        {
            return;
        }

        Compare();
        _number = number;
    }

    /// <summary>Compares, whatever is known.</summary>
    /// <exception cref="QuireException">
    /// <see cref="QuireErrorCode.FileReplaced"/>: a path names another file, or none.
    /// </exception>
    public void Compare()
    {
        _compared = null;
        long? now = clock?.GetTimestamp();
        ThrowIfReplaced(main);
        ThrowIfReplaced(journal);
        _compared = now;
    }

    /// <summary>The number that this open file has given main.</summary>
    public void Advance(TransactionNumber number) => _number = number;

    /// <summary>Others had the journal for long: W3 compares.</summary>
    public void Forget() => _compared = null;

    private void ThrowIfReplaced(IStorageFile opened)
    {
        FileIdentity? named = files.TryIdentify(opened.Path);
        if (named != opened.Identity)
        {
            throw new QuireException(
                QuireErrorCode.FileReplaced,
                $"{opened.Path}: the file was {(named is null ? "deleted" : "replaced")} while it " +
                $"was open (opened as {opened.Identity}, the path now names " +
                $"{(named is null ? "nothing" : named)}). Dispose this PageFile and open it again.");
        }
    }
}
