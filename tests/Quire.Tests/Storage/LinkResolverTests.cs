using Quire.Storage;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Storage;

public sealed class LinkResolverTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OsFileSystem _files = new();
    private readonly string _root;

    public LinkResolverTests() => _root = _files.ResolvePath(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_path_without_links_is_itself_whether_or_not_it_exists()
    {
        string path = Path.Combine(_root, "absent", "a");
        Assert.Equal(path, _files.ResolvePath(path));
        Assert.Equal(
            path, _files.ResolvePath(Path.Combine(_root, "x", "..", "absent", ".", "a")));
    }

    [SkippableFact]
    public void Links_to_files_and_directories_lead_to_one_name()
    {
        Directory.CreateDirectory(Path.Combine(_root, "real"));
        string target = Path.Combine(_root, "real", "a");
        File.WriteAllBytes(target, []);
        Link("directory", "real");
        Link("absolute", target);
        Link("chained", Path.Combine("directory", "a"));

        Assert.Equal(target, Resolve("directory", "a"));
        Assert.Equal(target, Resolve("absolute"));
        Assert.Equal(target, Resolve("chained"));
    }

    [SkippableFact]
    public void A_link_to_what_is_not_there_yet_gives_the_name_it_will_have()
    {
        Link("link", "coming");
        Assert.Equal(Path.Combine(_root, "coming"), Resolve("link"));
        using (IStorageFile file = _files.Open(
            Path.Combine(_root, "link"), FileOpenMode.OpenOrCreate))
        {
            Assert.Equal(file.Identity, _files.TryIdentify(Path.Combine(_root, "coming")));
        }
    }

    [SkippableFact]
    public void A_parent_in_a_link_is_the_parent_of_where_the_link_is()
    {
        Directory.CreateDirectory(Path.Combine(_root, "one", "two"));
        Link("deep", Path.Combine("one", "two"));
        Link(Path.Combine("one", "two", "up"), Path.Combine("..", "a"));

        Assert.Equal(Path.Combine(_root, "one", "a"), Resolve("deep", "up"));
    }

    [SkippableFact]
    public void A_loop_of_links_is_an_error()
    {
        Link("a", "b");
        Link("b", "a");
        var error = Assert.Throws<IOException>(() => Resolve("a"));
        Assert.Contains("40 symbolic links", error.Message, StringComparison.Ordinal);
    }

    private string Resolve(params string[] components) =>
        _files.ResolvePath(Path.Combine([_root, .. components]));

    private void Link(string name, string target)
    {
        try
        {
            File.CreateSymbolicLink(Path.Combine(_root, name), target);
        }
        catch (IOException forbidden) when (OperatingSystem.IsWindows())
        {
            Skip.If(true, $"Symbolic links need a privilege on Windows: {forbidden.Message}");
        }
    }
}
