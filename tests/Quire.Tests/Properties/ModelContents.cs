using Quire.Fuzz;

namespace Quire.Tests.Properties;

/// <summary>What a file should hold.</summary>
internal sealed class ModelContents
{
    public SortedDictionary<uint, byte[]> Pages { get; } = [];

    public uint Root { get; set; }

    public uint UserVersion { get; set; }

    public ModelContents Copy()
    {
        var copy = new ModelContents { Root = Root, UserVersion = UserVersion };
        foreach ((uint page, byte[] bytes) in Pages)
        {
            copy.Pages.Add(page, [.. bytes]);
        }

        return copy;
    }

    public PageNumber AnyPage(Random random) =>
        new(Pages.Keys.ElementAt(random.Next(Pages.Count)));

    public bool Holds(FileContents contents) =>
        contents.Root.Value == Root
        && contents.UserVersion == UserVersion
        && contents.Pages.Count == Pages.Count
        && Pages.All(page => contents.Pages.TryGetValue(page.Key, out byte[]? bytes)
            && bytes.AsSpan().SequenceEqual(page.Value));
}
