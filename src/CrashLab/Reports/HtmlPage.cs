namespace Quire.CrashLab;

/// <summary>The space-time table as a page.</summary>
internal static class HtmlPage
{
    public static string Render(Counterexample example) => example.ToText();
}
