using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.DiskPrograms;

/// <summary>
/// The engine itself as a program: each step is a commit that stamps all pages, and every third one
/// adds a page. Runs on real files only.
/// </summary>
public static class EngineProgram
{
    private const string Name = "engine.quire";

    /// <summary>A new run of so many commits; the file stays open from the first one on.</summary>
    public static DiskProgram Create(int commits)
    {
        PageFile? file = null;
        return new DiskProgram
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"engine-{commits}"),
            Setup = (_, folder) => Stamp.Create(
                folder + Name, pages: 3, number: 0, Stamp.Classic),
            Steps =
            [
                .. Enumerable.Range(1, commits).Select(number => (Action<CrashLab.IFiles, string>)(
                    (_, folder) => Commit(file ??= PageFile.Open(folder + Name), number))),
            ],
            Find = (_, folder) => Find(folder + Name),
        };
    }

    private static void Commit(PageFile file, int number)
    {
        using WriteTransaction write = file.BeginWrite();
        Stamp.Grow(write, number % 3 == 0 ? 1 : 0);
        Stamp.WriteAll(write, number);
        write.Commit();
    }

    private static Finding Find(string path)
    {
        using PageFile file = PageFile.Open(path);
        using ReadTransaction read = file.BeginRead();
        VerifyReport report = read.Verify();
        return report.IsSound
            ? new Finding("a commit", (int)Stamp.ReadAll(read))
            : new Finding("unsound", null);
    }
}
