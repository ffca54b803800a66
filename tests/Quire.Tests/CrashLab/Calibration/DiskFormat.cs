using Quire.CrashLab;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.CrashLab.Calibration;

/// <summary>A file system with its options, and the preset that is held against it.</summary>
/// <param name="Name">As in the tables of docs/calibration.md.</param>
/// <param name="Type">What it is called when it is mounted.</param>
/// <param name="Options">How it is mounted.</param>
/// <param name="LengthBytes">About the smallest disk that it takes.</param>
/// <param name="Make">The arguments of its mkfs.</param>
/// <param name="Preset">What the crash lab takes it for.</param>
internal sealed record DiskFormat(
    string Name,
    string Type,
    string Options,
    long LengthBytes,
    string[] Make,
    PersistenceModel Preset)
{
    private const long Mebibyte = 1024 * 1024;

    // Little metadata: every block of it is copied for every power cut.
    private static readonly string[] Ext4 = ["-q", "-F", "-b", "4096", "-m", "0"];

    private static readonly DiskFormat Ext4Default = new(
        "ext4", "ext4", "defaults", 16 * Mebibyte, Ext4, PersistenceModel.Ext4);

    /// <summary>All that are measured.</summary>
    public static IReadOnlyList<DiskFormat> All { get; } =
    [
        Ext4Default,
        Ext4Default with { Name = "ext4-noauto", Options = "noauto_da_alloc" },
        Ext4Default with { Name = "ext4-dioread-lock", Options = "dioread_lock" },
        Ext4Default with { Name = "ext4-writeback", Options = "data=writeback" },
        Ext4Default with { Name = "ext4-journal", Options = "data=journal" },
        new("xfs", "xfs", "defaults", 300 * Mebibyte, ["-q", "-f"], PersistenceModel.Xfs),
        new("btrfs", "btrfs", "defaults", 110 * Mebibyte, ["-q", "-f"], PersistenceModel.Btrfs),
    ];

    /// <summary>The one with a name.</summary>
    public static DiskFormat Named(string name) => All.Single(format => format.Name == name);

    /// <summary>A freshly made file system, or the test is skipped.</summary>
    public BlockImage MakeOrSkip()
    {
        using var folder = new TempFolder();
        string path = folder.File("image");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(LengthBytes);
        }

        string? problem = Bounded.TryRun($"mkfs.{Type}", [.. Make, path]);
        Skip.If(problem is not null, $"No {Type} can be made here: {problem}");
        return BlockImage.Load(path);
    }
}

/// <summary>System tools that are ended when they do not end.</summary>
internal static class Bounded
{
    /// <returns>Null when it exited with 0, else what went wrong.</returns>
    public static string? TryRun(string program, params string[] arguments) =>
        Command.TryRun("timeout", ["-k", "5", "60", program, .. arguments]);

    public static void Run(string program, params string[] arguments)
    {
        if (TryRun(program, arguments) is { } problem)
        {
            throw new IOException(problem);
        }
    }
}
