namespace Quire.Cli.Output;

/// <summary>The words of docs/protocol.md for values of the engine, as text and in JSON.</summary>
internal static class Words
{
    /// <summary>"empty", "sealed", "playBack": the name, beginning with a small letter.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>"1 page", "2 pages".</summary>
    public static string Count(long number, string noun) =>
        number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
