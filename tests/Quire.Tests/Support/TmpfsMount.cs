using Xunit;

namespace Quire.Tests.Support;

/// <summary>
/// A small file system of its own, in memory. Mounting needs privileges; without them the test that
/// asks for one is skipped with the reason.
/// </summary>
public sealed class TmpfsMount : IDisposable
{
    private readonly TempFolder _folder;

    private TmpfsMount(TempFolder folder) => _folder = folder;

    public string Path => _folder.Path;

    /// <summary>Mounts one of the given size, or skips the test.</summary>
    public static TmpfsMount CreateOrSkip(int sizeBytes)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "tmpfs is Linux's.");
        var folder = new TempFolder();
        string? problem = Command.TryRun(
            "mount", "-t", "tmpfs", "-o", $"size={sizeBytes}", "quire-test", folder.Path);
        if (problem is not null)
        {
            folder.Dispose();
            Skip.If(true, $"No tmpfs can be mounted here: {problem}");
        }

        return new TmpfsMount(folder);
    }

    public string File(string name) => _folder.File(name);

    public void MakeReadOnly()
    {
        string? problem = Command.TryRun("mount", "-o", "remount,ro", Path);
        Skip.If(problem is not null, $"It cannot be remounted: {problem}");
    }

    public void Dispose()
    {
        // Lazily if it must be: a leftover mount would outlive the test run.
        if (Command.TryRun("umount", Path) is not null)
        {
            _ = Command.TryRun("umount", "-l", Path);
        }

        _folder.Dispose();
    }
}
