using Quire.Cli;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Cli;

/// <summary>Each exit code, with exactly one line on standard error.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Book => _folder.File("book.quire");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nonsense")]
    [InlineData("info")]
    [InlineData("info", "FILE", "--no-such-option")]
    [InlineData("info", "FILE", "--timeout", "soon")]
    [InlineData("info", "FILE", "--timeout", "-1")]
    [InlineData("init", "NEW", "--page-size", "1000")]
    [InlineData("init", "NEW", "--page-size", "many")]
    [InlineData("init", "NEW", "--protocol", "other")]
    [InlineData("page", "FILE", "99")]
    [InlineData("page", "FILE", "0")]
    [InlineData("page", "FILE", "two")]
    [InlineData("page", "FILE", "new")]
    [InlineData("page", "FILE", "2", "--free", "--root")]
    [InlineData("demo", "--kill", "W4")]
    [InlineData("demo", "--readers", "0")]
    [InlineData]
    public void What_makes_no_sense_is_2(params string[] arguments)
    {
        PageFile.Open(Book).Dispose();
        string[] onFiles = [.. arguments.Select(argument =>
            argument == "FILE" ? Book : argument == "NEW" ? _folder.File("new.quire") : argument)];

        ToolResult refused = QuireTool.Run(onFiles);

        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("quire: ", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
        Assert.False(File.Exists(_folder.File("new.quire")));
    }

    [Theory]
    [InlineData("info", "FILE")]
    [InlineData("map", "put", "FILE", "m", "k", "v")]
    [InlineData("counter", "add", "FILE", "n")]
    [InlineData("kv", "set", "FILE", "[1]", "2")]
    [InlineData("index", "list", "FILE", "t")]
    public void A_file_that_is_not_there_is_5_and_how_to_make_it_is_said(params string[] arguments)
    {
        using var terminal = new Terminal();
        Exception refused = Assert.ThrowsAny<Exception>(() => QuireCommandLine.Run(
            [.. arguments.Select(argument => argument == "FILE" ? Book : argument)], terminal));

        Assert.Equal(5, Failure.CodeOf(refused));
        Assert.Contains(
            $"'quire init {Book}' makes one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_lock_held_elsewhere_is_3_and_the_holder_is_named()
    {
        using PageFile file = PageFile.Open(Book);
        using WriteTransaction write = file.BeginWrite();

        ToolResult busy = QuireTool.Run("recover", Book, "--timeout", "0.05");

        Assert.Equal(3, busy.ExitCode);
        Assert.Contains("journal lock", busy.ErrorLine, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(
                $"process {Environment.ProcessId}", busy.ErrorLine, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("info")]
    [InlineData("verify")]
    [InlineData("recover")]
    [InlineData("journal")]
    [InlineData("pages")]
    [InlineData("page")]
    public void A_foreign_file_is_4(string command)
    {
        File.WriteAllText(Book, new string('x', 10_000));

        ToolResult refused = QuireTool.Run(
            command == "page" ? [command, Book, "2"] : [command, Book]);

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("not a Quire file", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_beyond_reading_is_4_even_for_verify()
    {
        PageFile.Open(Book).Dispose();
        byte[] bytes = File.ReadAllBytes(Book);
        bytes[40] ^= 1;
        File.WriteAllBytes(Book, bytes);

        ToolResult refused = QuireTool.Run("verify", Book);

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("checksum", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info")]
    [InlineData("verify")]
    [InlineData("recover")]
    [InlineData("locks")]
    [InlineData("journal")]
    [InlineData("pages")]
    public void A_missing_file_is_5_and_none_is_created(string command)
    {
        ToolResult refused = QuireTool.Run(command, Book);

        Assert.Equal(5, refused.ExitCode);
        Assert.Contains(Book, refused.ErrorLine, StringComparison.Ordinal);
        Assert.False(File.Exists(Book));
    }

    [Fact]
    public void A_file_that_exists_cannot_be_made_and_stays_as_it_is()
    {
        PageFile.Open(Book).Dispose();
        byte[] before = File.ReadAllBytes(Book);

        ToolResult refused = QuireTool.Run("init", Book);

        Assert.Equal(5, refused.ExitCode);
        Assert.Contains("exists already", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Book));
    }

    [Fact]
    public void Help_has_examples_for_every_command()
    {
        foreach (string command in (string[])
            ["init", "info", "verify", "recover", "locks", "journal", "page", "pages", "demo"])
        {
            ToolResult help = QuireTool.Run(command, "--help");
            Assert.Equal(0, help.ExitCode);
            Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
            Assert.Contains($"quire {command}", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_version_is_a_version()
    {
        ToolResult version = QuireTool.Run("--version");

        Assert.Equal(0, version.ExitCode);
        Assert.True(Version.TryParse(version.Output.Trim(), out _), version.Output);
    }
}
