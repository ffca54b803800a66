using Quire.CrashLab;
using Quire.Tests.Support;
using Quire.Worker.DiskPrograms;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// Switches on a disk after a power cut: mounts a copy, on which the file system recovers, and looks
/// at the files with the eyes of the program.
/// </summary>
internal sealed class CrashedDisk(DiskFormat format) : IDisposable
{
    // In memory: a file system that is unmounted waits until its file is written.
    private readonly TmpfsMount _folder = TmpfsMount.CreateOrSkip(512 * 1024 * 1024);
    private bool _isMounted;

    public Finding Look(BlockImage image, DiskProgram program)
    {
        string copy = _folder.File("copy");
        string mount = Directory.CreateDirectory(_folder.File("mount")).FullName;
        image.Save(copy);
        if (Bounded.TryRun(
            "mount", "-t", format.Type, "-o", $"loop,{format.Options}", copy, mount) is { } problem)
        {
            return new Finding($"no file system ({problem})", null);
        }

        _isMounted = true;
        try
        {
            return program.Find(RealFiles.Instance, mount + "/");
        }
        finally
        {
            Bounded.Run("umount", mount);
            _isMounted = false;
        }
    }

    public void Dispose()
    {
        if (_isMounted)
        {
            _ = Bounded.TryRun("umount", "-l", _folder.File("mount"));
        }

        _folder.Dispose();
    }
}
