using System.Globalization;
using System.Net;
using System.Text;

namespace Quire.CrashLab;

/// <summary>
/// The space-time table as one page that loads nothing: readable in light and dark, with a coloured
/// bar in a process's column for as long as it holds a lock.
/// </summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --line: light-dark(#d5d5d5, #444);
          --soft: light-dark(#666, #aaa); --head: light-dark(#f3f3f3, #2a2a2a);
          --bad: light-dark(#b00020, #ff8a80); --level: 42%; }
        @media (prefers-color-scheme: dark) { :root { --level: 62%; } }
        body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 80rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: 2px 10px; }
        th { background: var(--head); position: sticky; top: 0; z-index: 1; }
        tbody td { border-top: 1px solid var(--line); position: relative; }
        td, code { font-family: ui-monospace, monospace; font-size: 13px; }
        td.n, td.s { color: var(--soft); text-align: right; width: 1%; }
        td.refused, .bad { color: var(--bad); }
        td.kill { font-weight: bold; color: var(--bad); }
        td.lane { border-left: 1px solid var(--line); }
        .bars { position: absolute; inset: 0 auto 0 0; display: flex; }
        .bars i, .key i { width: 6px; margin-right: 2px; }
        i.x { background: hsl(var(--h) 70% var(--level)); }
        i.sh { background: repeating-linear-gradient(
          0deg, hsl(var(--h) 70% var(--level)) 0 3px, transparent 3px 6px); }
        .key i { display: inline-block; height: 1em; vertical-align: middle; }
        .key span { margin-right: 1.5em; white-space: nowrap; }
        .cut { border: 2px solid var(--bad); padding: .4em 1em; margin: 1em 0; }
        .token { overflow-wrap: anywhere; }
        """;

    private readonly StringBuilder _page = new();
    private readonly List<string> _locks;

    private HtmlPage(Counterexample example) => _locks =
    [
        .. example.Phases.SelectMany(phase => phase.Rows)
            .SelectMany(row => row.Locks)
            .Select(held => held.Name)
            .Distinct(),
    ];

    public static string Render(Counterexample example)
    {
        var page = new HtmlPage(example);
        page.AddAll(example);
        return page._page.ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private void AddAll(Counterexample example)
    {
        Add("<!DOCTYPE html>");
        Add("<html lang=\"en\"><head><meta charset=\"utf-8\">");
        Add("<meta name=\"viewport\" content=\"width=device-width\">");
        Add($"<title>{Escape(example.Title)}</title>");
        Add($"<style>\n{Style}\n</style></head><body>");
        Add($"<h1>{Escape(example.Title)}</h1>");
        string error = $"{example.ErrorType}: {example.ErrorMessage}";
        Add($"<p class=\"bad\">{Escape(error)}</p>");
        AddKey();
        int power = 0;
        foreach (CounterexamplePhase phase in example.Phases)
        {
            AddPhase(phase);
            if (phase.PowerCut is { } cut)
            {
                AddCut(cut, ++power);
            }
        }

        Add($"<p class=\"bad\">Fails: {Escape(example.ErrorMessage)}</p>");
        Add($"<p>Promised: {Escape(example.Promises)}</p>");
        Add($"<p>Model: <code>{Escape(example.Model)}</code></p>");
        Add($"<p class=\"token\">Token: <code>{Escape(example.Token)}</code></p>");
        Add("</body></html>");
    }

    private void Add(string line) => _page.Append(line).Append('\n');

    private string Hue(string name)
    {
        // Steps of the golden angle, so that any number of locks stay apart.
        int hue = (int)(_locks.IndexOf(name) * 137.5 % 360);
        return string.Create(CultureInfo.InvariantCulture, $"style=\"--h:{hue}\"");
    }

    private void AddKey()
    {
        if (_locks.Count == 0)
        {
            return;
        }

        IEnumerable<string> keys = _locks.Select(
            name => $"<span><i class=\"x\" {Hue(name)}></i>{Escape(name)}</span>");
        Add($"<p class=\"key\">Locks (striped when shared): {string.Concat(keys)}</p>");
    }

    private void AddPhase(CounterexamplePhase phase)
    {
        Add($"<h2>{Escape(phase.Title)}</h2>");
        IEnumerable<string> heads = phase.Processes
            .Concat(["locks held", "not synced", "disk"])
            .Select(head => $"<th>{Escape(head)}</th>");
        Add($"<table><thead><tr><th>#</th><th>step</th>{string.Concat(heads)}</tr></thead><tbody>");
        string[][] slots =
        [
            .. phase.Processes.Select((_, process) => phase.Rows
                .SelectMany(row => row.Locks)
                .Where(held => held.Process == process)
                .Select(held => held.Name)
                .Distinct()
                .ToArray()),
        ];
        foreach (CounterexampleRow row in RowFolding.Fold(phase.Rows))
        {
            AddRow(row, slots);
        }

        Add("</tbody></table>");
    }

    private void AddRow(CounterexampleRow row, string[][] slots)
    {
        var cells = new StringBuilder();
        cells.Append(
            CultureInfo.InvariantCulture,
            $"<tr><td class=\"n\">{row.Number}</td><td class=\"s\">{Escape(row.Step)}</td>");
        for (int process = 0; process < slots.Length; process++)
        {
            bool isIts = process == row.Process;
            string kind = isIts && row.Kind == "kill" ? " kill"
                : isIts && row.IsRefused ? " refused" : "";
            cells.Append(
                CultureInfo.InvariantCulture,
                $"<td class=\"lane{kind}\" style=\"padding-left:{10 + (8 * slots[process].Length)}px\">");
            AddBars(cells, row, process, slots[process]);
            cells.Append(isIts ? Escape(RowWords.Text(row)) : "").Append("</td>");
        }

        foreach (string cell in new[]
        {
            RowWords.Locks(row, numbered: slots.Length > 1), RowWords.Cache(row), row.Disk,
        })
        {
            cells.Append("<td>").Append(Escape(cell)).Append("</td>");
        }

        Add(cells.Append("</tr>").ToString());
    }

    private void AddBars(StringBuilder cells, CounterexampleRow row, int process, string[] slots)
    {
        if (slots.Length == 0)
        {
            return;
        }

        cells.Append("<span class=\"bars\">");
        foreach (string name in slots)
        {
            CounterexampleLock? held = row.Locks.FirstOrDefault(
                held => held.Process == process && held.Name == name);
            cells.Append(held is null
                ? "<i></i>"
                : $"<i class=\"{(held.IsExclusive ? "x" : "sh")}\" {Hue(name)}></i>");
        }

        cells.Append("</span>");
    }

    private void AddCut(PowerCut cut, int number)
    {
        string title = string.Create(
            CultureInfo.InvariantCulture, $"Power cut {number} after change {cut.AfterChange}");
        Add($"<div class=\"cut\"><p class=\"bad\">{title}: {Escape(cut.Summary)}</p>");
        AddList("reached the disk", cut.Kept);
        AddList("lost", cut.Lost);
        Add("</div>");
    }

    private void AddList(string what, IReadOnlyList<string> names)
    {
        IEnumerable<string> items = names.Select(name => $"<li>{Escape(name)}</li>");
        string count = names.Count.ToString(CultureInfo.InvariantCulture);
        Add($"<details><summary>{count} {what}</summary><ul>{string.Concat(items)}</ul></details>");
    }
}
