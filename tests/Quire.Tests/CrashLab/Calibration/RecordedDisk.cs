using System.Globalization;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>
/// A real block device whose every request is remembered: a loop device over a file that a naive-disk
/// process serves. One at a time; everything is taken down when it is disposed, whatever happened.
/// </summary>
/// <remarks>
/// Nothing of the file system on it is touched by this process: a file system waits for its disk, and
/// who waits for the disk of his own child cannot end it.
/// </remarks>
internal sealed class RecordedDisk : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _served;
    private readonly string _image;
    private readonly string _log;
    private readonly WorkerProcess _process;
    private string? _device;
    private bool _isMounted;

    private RecordedDisk()
    {
        _served = _folder.File("disk");
        _image = _folder.File("image");
        _log = _folder.File("log");
        MountPoint = Directory.CreateDirectory(_folder.File("mount")).FullName;
        File.WriteAllBytes(_served, []);
        _process = WorkerProcess.Start("naive-disk", _served, _log);
    }

    /// <summary>Where the file system is.</summary>
    public string MountPoint { get; }

    /// <summary>A disk without content, or the test is skipped with the reason.</summary>
    public static RecordedDisk CreateOrSkip()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Loop devices and FUSE are Linux's.");
        Skip.IfNot(Environment.IsPrivilegedProcess, "Mounting a real file system takes root.");
        Skip.IfNot(File.Exists("/dev/fuse"), "There is no /dev/fuse to serve a disk through.");
        Skip.IfNot(File.Exists("/dev/loop-control"), "There are no loop devices.");
        var disk = new RecordedDisk();
        string answer = disk._process.ReadLine();
        if (answer != "ready")
        {
            disk.Dispose();
            Skip.If(true, $"A disk cannot be served here: {answer}");
        }

        return disk;
    }

    /// <summary>Starts from an image and mounts it; the test is skipped where that is refused.</summary>
    public void MountOrSkip(BlockImage image, DiskFormat format)
    {
        image.Save(_image);
        Assert.Equal("loaded", _process.Ask($"load {_image}"));
        string found = _folder.File("device");
        string? problem = Bounded.TryRun(
            "sh", "-c", $"losetup --find --show '{_served}' > '{found}'");
        Skip.If(problem is not null, $"No loop device can be had here: {problem}");
        _device = File.ReadAllText(found).Trim();
        problem = Bounded.TryRun(
            "mount", "-t", format.Type, "-o", format.Options, _device, MountPoint);
        Skip.If(problem is not null, $"{format.Name} cannot be mounted here: {problem}");
        _isMounted = true;
    }

    /// <summary>How many requests the disk has completed.</summary>
    public int Mark() => int.Parse(_process.Ask("mark"), CultureInfo.InvariantCulture);

    /// <summary>Unmounts it, and tells what it was told.</summary>
    public DiskLog Unmount(BlockImage start)
    {
        TakeDown();
        _ = Mark();
        return DiskLog.Read(start, _log);
    }

    public void Dispose()
    {
        TakeDown();
        _process.Dispose();

        // What a dead process served can be unmounted at once; lazily if somebody still looks.
        _ = Bounded.TryRun("umount", "-l", _served);
        _folder.Dispose();
    }

    private void TakeDown()
    {
        if (_isMounted && Bounded.TryRun("umount", MountPoint) is not null)
        {
            _ = Bounded.TryRun("umount", "-l", MountPoint);
        }

        _isMounted = false;
        if (_device is { } device)
        {
            _ = Bounded.TryRun("losetup", "--detach", device);
        }

        _device = null;
    }
}
