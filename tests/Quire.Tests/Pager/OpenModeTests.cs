using System.Diagnostics;
using Quire.Fuzz;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Pager;

/// <summary>The modes of opening, on real files.</summary>
public sealed class OpenModeTests
{
    [Fact]
    public void A_file_that_must_be_new_may_not_be_there()
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        using (Open(path, PageFileMode.CreateNew))
        {
        }

        byte[] before = File.ReadAllBytes(path);
        IOException error = Assert.Throws<IOException>(() => Open(path, PageFileMode.CreateNew));
        Assert.Contains($"{before.Length} bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(PageFileMode.OpenExisting)]
    [InlineData(PageFileMode.ReadOnly)]
    public void A_file_that_must_exist_is_not_created(PageFileMode mode)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        Assert.Throws<FileNotFoundException>(() => Open(path, mode));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(PageFileMode.OpenExisting)]
    [InlineData(PageFileMode.ReadOnly)]
    public void An_empty_file_that_must_exist_is_not_a_quire_file(PageFileMode mode)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        File.WriteAllBytes(path, []);
        Assert.Equal(
            QuireErrorCode.NotAQuireFile,
            Assert.Throws<CorruptFileException>(() => Open(path, mode)).Code);
        Assert.Equal(0, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData(PageFileMode.OpenOrCreate)]
    [InlineData(PageFileMode.CreateNew)]
    public void An_empty_file_becomes_a_new_one(PageFileMode mode)
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        File.WriteAllBytes(path, []);
        using PageFile file = Open(path, mode);
        Assert.Equal(0ul, file.GetInfo().TransactionNumber.Value);
    }

    [Fact]
    public void A_read_only_opener_writes_nothing()
    {
        using var folder = new TempFolder();
        string path = Put(folder, new StateFactory().KilledAt(ProtocolStep.C3));
        (byte[], byte[], DateTime, DateTime) before = Look(path);
        using (PageFile file = Open(path, PageFileMode.ReadOnly))
        {
            using ReadTransaction read = file.BeginRead();
            Assert.True(read.Verify().IsSound);
            Assert.Throws<InvalidOperationException>(() => file.BeginWrite());
        }

        (byte[], byte[], DateTime, DateTime) after = Look(path);
        Assert.Equal(before.Item1, after.Item1);
        Assert.Equal(before.Item2, after.Item2);
        Assert.Equal((before.Item3, before.Item4), (after.Item3, after.Item4));
    }

    [Fact]
    public void A_read_only_opener_needs_no_journal()
    {
        using var folder = new TempFolder();
        string path = Put(folder, new StateFactory().Clean());
        File.Delete(path + "-journal");
        using (PageFile file = Open(path, PageFileMode.ReadOnly))
        using (file.BeginRead())
        {
        }

        Assert.False(File.Exists(path + "-journal"));
    }

    [Theory]
    [InlineData(ProtocolStep.C4)]
    [InlineData(ProtocolStep.C5)]
    [InlineData(ProtocolStep.C7)]
    public void A_read_only_opener_cannot_recover_and_says_so(ProtocolStep death)
    {
        using var folder = new TempFolder();
        string path = Put(folder, new StateFactory().KilledAt(death));
        (byte[], byte[], DateTime, DateTime) before = Look(path);
        QuireException error =
            Assert.Throws<QuireException>(() => Open(path, PageFileMode.ReadOnly));
        Assert.Equal(QuireErrorCode.RecoveryNeeded, error.Code);
        Assert.Equal(before.Item1, Look(path).Item1);
        Assert.Equal(before.Item2, Look(path).Item2);
    }

    [Fact]
    public void A_symbolic_link_leads_to_the_same_journal()
    {
        using var folder = new TempFolder();
        string path = folder.File("a.quire");
        string link = folder.File("link.quire");
        using PageFile file = Open(path, PageFileMode.CreateNew);
        File.CreateSymbolicLink(link, path);
        using PageFile linked = Open(link, PageFileMode.OpenExisting);
        Assert.Equal(file.Path, linked.Path);
        using (WriteTransaction write = linked.BeginWrite())
        {
            Assert.Throws<BusyException>(() => file.BeginWrite(TimeSpan.Zero));
            write.Root = write.Allocate();
            write.Commit();
        }

        Assert.False(File.Exists(link + "-journal"));
        Assert.False(file.GetInfo().Root.IsNone);
    }

    [Fact]
    public void A_link_whose_target_is_absent_creates_the_target_and_its_journal()
    {
        using var folder = new TempFolder();
        string link = folder.File("link.quire");
        File.CreateSymbolicLink(link, folder.File("a.quire"));
        using PageFile file = Open(link, PageFileMode.OpenOrCreate);
        Assert.Equal(
            ["a.quire", "a.quire-journal", "link.quire"],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [SkippableFact]
    public void A_file_that_may_only_be_read_can_be_read()
    {
        using var folder = new TempFolder();
        string path = Put(folder, new StateFactory().Clean());
        AsNobody(folder, "chmod 444 a.quire a.quire-journal && chmod 555 .");
        Assert.Equal("ReadOnly: sound", Probe(path, "ReadOnly"));
    }

    [SkippableFact]
    public void A_file_that_may_only_be_read_cannot_be_opened_for_writing()
    {
        using var folder = new TempFolder();
        string path = Put(folder, new StateFactory().Clean());
        AsNobody(folder, "chmod 444 a.quire a.quire-journal && chmod 555 .");
        Assert.Equal("OpenExisting: UnauthorizedAccessException", Probe(path, "OpenExisting"));
    }

    [SkippableFact]
    public void A_file_in_a_directory_that_may_only_be_read_is_not_created()
    {
        using var folder = new TempFolder();
        AsNobody(folder, "chmod 555 .");
        Assert.Equal(
            "OpenOrCreate: UnauthorizedAccessException",
            Probe(folder.File("a.quire"), "OpenOrCreate"));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static PageFile Open(string path, PageFileMode mode) =>
        PageFile.Open(
            path, new PageFileOptions { Mode = mode, LockTimeout = TimeSpan.FromSeconds(10) });

    private static string Put(TempFolder folder, FileState state)
    {
        string path = folder.File("a.quire");
        File.WriteAllBytes(path, state.Main);
        File.WriteAllBytes(path + "-journal", state.Journal);
        return path;
    }

    private static (byte[] Main, byte[] Journal, DateTime, DateTime) Look(string path) => (
        File.ReadAllBytes(path),
        File.ReadAllBytes(path + "-journal"),
        File.GetLastWriteTimeUtc(path),
        File.GetLastWriteTimeUtc(path + "-journal"));

    /// <summary>
    /// Prepares a folder for a child without privileges; root may write to everything.
    /// </summary>
    private static void AsNobody(TempFolder folder, string command)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Needs Linux: setpriv.");
        Skip.IfNot(Environment.UserName == "root", "Needs root, to become another user.");
        Skip.IfNot(File.Exists("/usr/bin/setpriv"), "Needs setpriv.");
        Run("/bin/sh", ["-c", $"cd '{folder.Path}' && {command}"], out int exitCode);
        Assert.Equal(0, exitCode);
    }

    /// <summary>Opens the file in a child that runs as nobody.</summary>
    private static string Probe(string path, string mode)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Quire.Fuzz.dll");
        string host = Environment.ProcessPath ?? "dotnet";
        string output = Run(
            "/usr/bin/setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups",
             host, "exec", program, "--open", path, "--mode", mode],
            out int exitCode);
        Skip.If(exitCode > 2, $"The child could not be started as nobody: exit {exitCode}.");
        return output.Trim();
    }

    private static string Run(string program, string[] arguments, out int exitCode)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        Assert.True(child.WaitForExit(TimeSpan.FromSeconds(60)), "the child did not end");
        exitCode = child.ExitCode;
        return output;
    }
}
