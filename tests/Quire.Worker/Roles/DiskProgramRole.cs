using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Quire.CrashLab;
using Quire.Worker.DiskPrograms;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>disk-program FOLDER PROGRAM OTHERS</c>: one of the disk programs in a folder, step by step.
/// OTHERS is what goes on beside it: nothing (<c>idle</c>); after each of its operations somebody
/// syncs a file of his own (<c>journal</c>) or the whole file system (<c>sync</c>); all the time
/// somebody syncs files of his own (<c>busy</c>).
/// </summary>
/// <remarks>
/// <code>
///   setup     version 0, on the disk    ->  done
///   step N    the step with that index  ->  done
///   settle    a file of others is synced, then the whole file system  ->  done
/// </code>
/// </remarks>
internal sealed partial class DiskProgramRole(string folder, DiskProgram program, string others)
{
    private int _syncs;

    public static int Run(string[] args)
    {
        string name = args[1];
        DiskProgram program = name.StartsWith("engine-", StringComparison.Ordinal)
            ? EngineProgram.Create(int.Parse(name[7..], CultureInfo.InvariantCulture))
            : SamplePrograms.Named(name);
        var role = new DiskProgramRole(args[0].TrimEnd('/') + '/', program, args[2]);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            role.Perform(line);
            Console.WriteLine("done");
        }

        return 0;
    }

    private void Perform(string line)
    {
        var files = new PressedFiles(RealFiles.Instance, BeActive);
        if (line == "setup")
        {
            program.Setup(RealFiles.Instance, folder);
            SyncAll();
        }
        else if (line == "settle")
        {
            SyncOwnFile();
            SyncAll();
        }
        else
        {
            Action<IFiles, string> step =
                program.Steps[int.Parse(line[5..], CultureInfo.InvariantCulture)];
            Beside(others == "busy" ? SyncOwnFile : null, () => step(files, folder));
        }
    }

    /// <summary>Does something while another thread does something else over and over.</summary>
    private static void Beside(Action? others, Action action)
    {
        using var stop = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            while (others is not null && !stop.IsCancellationRequested)
            {
                others();
            }
        });
        thread.Start();
        action();
        stop.Cancel();
        thread.Join();
    }

    private void BeActive()
    {
        if (others == "journal")
        {
            SyncOwnFile();
        }
        else if (others == "sync")
        {
            SyncAll();
        }
    }

    /// <summary>A new file each time: only changed metadata makes the file system commit.</summary>
    private void SyncOwnFile()
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{folder}other-{_syncs++}");
        using Stream stream = RealFiles.Instance.Open(path, FileMode.CreateNew);
        stream.WriteByte(1);
        RealFiles.Instance.FlushToDisk(stream);
    }

    private void SyncAll()
    {
        using SafeFileHandle any = File.OpenHandle(
            folder + "any", FileMode.OpenOrCreate, FileAccess.ReadWrite);
        if (SyncFileSystem(any) != 0)
        {
            throw new IOException($"syncfs: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
