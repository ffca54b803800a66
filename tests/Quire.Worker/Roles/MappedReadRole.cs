using System.IO.MemoryMappedFiles;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>mapped-read PATH</c>: maps a file, cuts it, and reads where it was cut. What .NET makes of
/// that is the end of the process, which is why the engine maps no files.
/// </summary>
internal static class MappedReadRole
{
    private const int PastTheEnd = 500_000;

    public static int Run(string[] args)
    {
        using var file = new FileStream(
            args[0], FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.SetLength(1 << 20);
        using var mapped = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor(
            0, 0, MemoryMappedFileAccess.Read);
        Console.WriteLine($"read {view.ReadByte(PastTheEnd)}");
        file.SetLength(4096);
        Console.WriteLine("cut");
        try
        {
            Console.WriteLine($"read {view.ReadByte(PastTheEnd)}");
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Console.WriteLine($"error {failure.GetType().Name}");
        }

        return 0;
    }
}
