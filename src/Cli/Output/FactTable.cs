using Spectre.Console;

namespace Quire.Cli.Output;

/// <summary>Names and values in two columns.</summary>
internal sealed class FactTable
{
    private readonly List<(string Name, string Value)> _facts = [];

    public void Add(string name, string value) => _facts.Add((name, value));

    public void Print(Terminal terminal)
    {
        int width = _facts.Max(fact => fact.Name.Length) + 2;
        foreach ((string name, string value) in _facts)
        {
            if (terminal.IsInteractive)
            {
                terminal.Styled.Markup($"[grey]{Markup.Escape(name.PadRight(width))}[/]");
                terminal.Styled.WriteLine(value);
            }
            else
            {
                terminal.Text.WriteLine(name.PadRight(width) + value);
            }
        }
    }
}
