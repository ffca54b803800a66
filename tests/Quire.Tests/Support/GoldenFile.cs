using Xunit.Sdk;

namespace Quire.Tests.Support;

/// <summary>
/// A text that a test must reproduce, kept beside the tests. QUIRE_REWRITE_TRACES=1 writes it anew,
/// but never in CI: there a difference is always a failure.
/// </summary>
public static class GoldenFile
{
    public const string RewriteVariable = "QUIRE_REWRITE_TRACES";

    public static string Folder => RepositoryFiles.PathOf("tests/Quire.Tests/Traces");

    public static void Check(string name, string actual)
    {
        string path = Path.Combine(Folder, name + ".trace");
        if (MayRewrite())
        {
            File.WriteAllText(path, actual);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (expected != actual)
        {
            throw new XunitException(
                $"{name}.trace differs (- expected, + actual); if that is meant, run the test with " +
                $"{RewriteVariable}=1 and review the change.\n{Difference(expected, actual)}");
        }
    }

    /// <exception cref="XunitException">Rewriting is asked for where it is refused.</exception>
    public static bool MayRewrite() => MayRewrite(
        Environment.GetEnvironmentVariable(RewriteVariable),
        Environment.GetEnvironmentVariable("CI"));

    internal static bool MayRewrite(string? rewrite, string? ci)
    {
        if (rewrite != "1")
        {
            return false;
        }

        bool isCi = ci is not null and not ("" or "0" or "false");
        return isCi
            ? throw new XunitException($"{RewriteVariable} is refused in CI.")
            : true;
    }

    /// <summary>
    /// The lines that differ, by the longest common subsequence, with two around each.
    /// </summary>
    internal static string Difference(string expected, string actual)
    {
        string[] left = expected.Split('\n');
        string[] right = actual.Split('\n');
        int[,] common = new int[left.Length + 1, right.Length + 1];
        for (int i = left.Length - 1; i >= 0; i--)
        {
            for (int j = right.Length - 1; j >= 0; j--)
            {
                common[i, j] = left[i] == right[j]
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        int l = 0;
        int r = 0;
        while (l < left.Length || r < right.Length)
        {
            if (l < left.Length && r < right.Length && left[l] == right[r])
            {
                lines.Add("  " + left[l++]);
                r++;
            }
            else if (r == right.Length || (l < left.Length && common[l + 1, r] >= common[l, r + 1]))
            {
                lines.Add("- " + left[l++]);
            }
            else
            {
                lines.Add("+ " + right[r++]);
            }
        }

        return string.Join('\n', lines.Where((_, at) => IsNearDifference(lines, at)));
    }

    private static bool IsNearDifference(List<string> lines, int at)
    {
        for (int i = Math.Max(0, at - 2); i <= Math.Min(lines.Count - 1, at + 2); i++)
        {
            if (lines[i][0] != ' ')
            {
                return true;
            }
        }

        return false;
    }
}
