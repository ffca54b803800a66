using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Storage;

/// <summary>
/// Somebody cuts a file that is open: to a process that reads it by system calls that is an error
/// like others. To one that has mapped it into memory it is the end, and nothing can be done.
/// </summary>
public sealed class CutFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_page_that_was_cut_off_is_an_error_to_its_reader()
    {
        string path = _folder.File("a.quire");
        Stamp.Create(path, 100, 1);
        using PageFile file = PageFile.Open(path, new PageFileOptions { CacheBytes = 0 });
        using ReadTransaction read = file.BeginRead();
        Assert.Equal(1, read.Read(new PageNumber(90))[0]);
        Cut(path, 8 * 4096);
        Assert.Equal(1, read.Read(new PageNumber(5))[0]);
        Assert.Throws<CorruptFileException>(() => read.Read(new PageNumber(80)));
    }

    [Fact]
    public void A_header_that_was_cut_off_is_an_error_to_the_next_reader()
    {
        string path = _folder.File("a.quire");
        Stamp.Create(path, 100, 1);
        using PageFile file = PageFile.Open(path);
        Cut(path, 0);
        Assert.Throws<CorruptFileException>(() => file.BeginRead());
    }

    [SkippableFact]
    public void A_mapped_file_that_is_cut_ends_the_process_that_reads_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows does not let a mapped file be cut.");
        using WorkerProcess worker = WorkerProcess.Start("mapped-read", _folder.File("mapped"));
        Assert.Equal("read 0", worker.ReadLine());
        Assert.Equal("cut", worker.ReadLine());
        Assert.Null(worker.TryReadLine());
        Assert.NotEqual(0, worker.WaitForExit());
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.SetLength(length);
    }
}
