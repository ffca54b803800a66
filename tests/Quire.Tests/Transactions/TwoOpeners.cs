using Quire.Tests.Support;

namespace Quire.Tests.Transactions;

/// <summary>A file of eight pages that is open twice, as by two processes.</summary>
public abstract class TwoOpeners : IDisposable
{
    private readonly TempFolder _folder = new();

    protected TwoOpeners()
    {
        string path = _folder.File("a.quire");
        var options = new PageFileOptions { PageSize = 512, LockTimeout = Eventually.Limit };
        First = PageFile.Open(path, options);
        Other = PageFile.Open(path, options);
        using WriteTransaction write = First.BeginWrite();
        Pages = [.. Enumerable.Range(0, 8).Select(_ => write.Allocate())];
        write.Commit();
    }

    protected PageFile First { get; }

    protected PageFile Other { get; }

    protected IReadOnlyList<PageNumber> Pages { get; }

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool isDisposing)
    {
        First.Dispose();
        Other.Dispose();
        _folder.Dispose();
    }

    /// <summary>Sets the first byte of a page, in a transaction of its own.</summary>
    protected static void Commit(PageFile file, PageNumber page, byte value)
    {
        ArgumentNullException.ThrowIfNull(file);
        using WriteTransaction write = file.BeginWrite();
        write.Write(page)[0] = value;
        write.Commit();
    }

    /// <summary>The first byte of a page, as last committed.</summary>
    protected int Read(PageNumber page)
    {
        using ReadTransaction read = First.BeginRead();
        return read.Read(page)[0];
    }
}
