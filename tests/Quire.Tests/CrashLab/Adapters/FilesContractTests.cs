using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Adapters;

/// <summary>The real files and the simulated ones keep the same contract.</summary>
public sealed class FilesContractTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("quire-files-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private (IFiles Files, string Root) Of(bool isReal) => isReal
        ? (RealFiles.Instance, _directory + "/")
        : (new SimulatedComputer().StartProcess("test").Files, "/d/");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_shortcuts_do_what_those_of_File_do(bool isReal)
    {
        (IFiles files, string root) = Of(isReal);
        Assert.False(files.Exists(root + "a"));
        files.Delete(root + "a");
        files.WriteAllText(root + "a", "one");
        files.AppendAllText(root + "a", ", two");
        Assert.Equal("one, two", files.ReadAllText(root + "a"));
        files.WriteAllBytes(root + "a", "three"u8);
        Assert.Equal("three", files.ReadAllText(root + "a"));
        files.WriteAllText(root + "b", "b");
        Assert.Throws<IOException>(() => files.Move(root + "a", root + "b"));
        files.Move(root + "a", root + "b", overwrite: true);
        Assert.Equal("three", files.ReadAllText(root + "b"));
        Assert.Throws<FileNotFoundException>(() => files.Replace(root + "b", root + "c"));
        files.WriteAllText(root + "c", "c");
        files.Replace(root + "b", root + "c");
        Assert.Equal([root + "c"], files.EnumerateFiles(root[..^1]));
        files.SyncDirectory(root[..^1]);
        files.SyncDirectoryOf(root + "c");
        files.Delete(root + "c");
        Assert.Empty(files.EnumerateFiles(root[..^1]));
        Assert.Throws<FileNotFoundException>(() => files.Move(root + "x", root + "y"));
    }

    [Theory]
    [InlineData(FileMode.Open, FileAccess.ReadWrite)]
    [InlineData(FileMode.Open, FileAccess.Read)]
    [InlineData(FileMode.OpenOrCreate, FileAccess.Write)]
    [InlineData(FileMode.Create, FileAccess.ReadWrite)]
    [InlineData(FileMode.CreateNew, FileAccess.Write)]
    [InlineData(FileMode.Truncate, FileAccess.Write)]
    [InlineData(FileMode.Append, FileAccess.Write)]
    [InlineData(FileMode.Append, FileAccess.Read)]
    [InlineData(FileMode.Create, FileAccess.Read)]
    public void Every_mode_does_the_same_in_both(FileMode mode, FileAccess access)
    {
        foreach (string name in (string[])["there", "absent"])
        {
            Assert.Equal(Outcome(isReal: true, name), Outcome(isReal: false, name));
        }

        string Outcome(bool isReal, string name)
        {
            (IFiles files, string root) = Of(isReal);
            files.Delete(root + "absent");
            files.WriteAllText(root + "there", "content");
            try
            {
                using Stream stream = files.Open(root + name, mode, access);
                string seen = $"{stream.Position} {stream.Length} {stream.CanRead} {stream.CanWrite}";
                if (stream.CanWrite)
                {
                    stream.Write("!"u8);
                    files.FlushToDisk(stream);
                }
                else
                {
                    Assert.Throws<NotSupportedException>(() => stream.WriteByte(1));
                }

                stream.Dispose();
                Assert.Throws<ObjectDisposedException>(() => stream.Position = 0);
                return $"{seen} {files.ReadAllText(root + name)}";
            }
            catch (Exception error) when (error is IOException or ArgumentException)
            {
                return error.GetType().Name;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stream_of_somebody_else_is_refused(bool isReal)
    {
        (IFiles files, _) = Of(isReal);
        using var stream = new MemoryStream();
        Assert.Throws<ArgumentException>(() => files.FlushToDisk(stream));
    }

    [Fact]
    public void An_appending_stream_cannot_go_back()
    {
        (IFiles files, string root) = Of(isReal: false);
        files.WriteAllText(root + "a", "one");
        using Stream stream = files.Open(root + "a", FileMode.Append, FileAccess.Write);
        Assert.Throws<IOException>(() => stream.Seek(0, SeekOrigin.Begin));
    }
}
