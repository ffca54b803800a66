using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.CrashLab.Reports;

/// <summary>Reports that are kept beside the tests; rewritten as golden traces are.</summary>
public static class ReportFiles
{
    public static void Check(string name, string actual)
    {
        string path = RepositoryFiles.PathOf($"tests/Quire.Tests/CrashLab/Reports/Generated/{name}");
        if (GoldenFile.MayRewrite())
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }
}
