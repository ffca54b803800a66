using Quire.CrashLab;

namespace Quire.Cli.Crash;

/// <summary>What all scenarios ask of a file after a crash, as a reader and as a writer.</summary>
internal static class Recheck
{
    /// <summary>
    /// Opens the file as readers do (R4 recovers), reads it, then begins and ends as a writer does
    /// (W4 recovers, confirms or discards), and reads it again.
    /// </summary>
    /// <exception cref="CheckFailedException">The oracle says no.</exception>
    public static void Run(
        SimulatedProcess process, Promises promises, EngineSettings settings, long initial = 0)
    {
        using PageFile file = EngineProcess.Open(process, settings);
        long asReader = ReadAll(file);
        Edition.Judge(asReader, promises, initial);
        file.Recover();
        long asWriter = ReadAll(file);
        if (asWriter != asReader)
        {
            throw new CheckFailedException(
                $"edition {asReader} was read, and {asWriter} after a writer had put things right");
        }
    }

    /// <summary>Looks at the file without the right to write.</summary>
    public static void LookOnly(
        SimulatedProcess process, Promises promises, EngineSettings settings, long initial = 0)
    {
        using PageFile file = EngineProcess.Open(process, settings, PageFileMode.ReadOnly);
        Edition.Judge(ReadAll(file), promises, initial);
    }

    private static long ReadAll(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        long edition = Edition.Read(read);
        Edition.Verify(read);
        return edition;
    }
}
