using Quire.CrashLab;

namespace Quire.Worker.DiskPrograms;

/// <summary>
/// A program whose files are looked at after a power cut, written so that it runs as it is both in
/// the crash lab and on a real file system.
/// </summary>
/// <remarks>
/// It takes its files from version 0 (after <see cref="Setup"/>, which is made durable) to version
/// n (after its n-th step). A step that has returned is a promise, whether the program may make it
/// or not: versions before the last acknowledged one must not be found.
/// </remarks>
public sealed class DiskProgram
{
    /// <summary>The name on the command line and in the tables.</summary>
    public required string Name { get; init; }

    /// <summary>Makes version 0 in a folder, whose name ends with a slash or is empty.</summary>
    public Action<IFiles, string> Setup { get; init; } = (_, _) => { };

    /// <summary>The steps.</summary>
    public required IReadOnlyList<Action<IFiles, string>> Steps { get; init; }

    /// <summary>What a folder holds.</summary>
    public required Func<IFiles, string, Finding> Find { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Kind">In words, the same for all findings of a kind.</param>
/// <param name="Version">Which version it is; null when it is none as a whole.</param>
public sealed record Finding(string Kind, int? Version);
