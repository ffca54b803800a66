using System.Text.Json;
using Xunit;

namespace Quire.Tests.Seeds;

/// <summary>
/// Performs operations one after the other on a dictionary, by the rules of the store and without
/// its code: checks must hold, each change sees those before it.
/// </summary>
internal sealed class StoreReplay
{
    private readonly Dictionary<string, (string Value, string Stamp)> _entries = [];

    /// <summary>Key, value and stamp of each entry, all in JSON, in any order.</summary>
    public IEnumerable<string> Entries => _entries.Select(
        entry => $"{entry.Key} {entry.Value.Value} {entry.Value.Stamp}");

    public void Perform(string stamp, string operation)
    {
        JsonElement root = JsonDocument.Parse(operation).RootElement;
        foreach (JsonElement check in root.GetProperty("checks").EnumerateArray())
        {
            string? found = _entries.TryGetValue(
                check.GetProperty("key").GetRawText(), out (string Value, string Stamp) entry)
                ? entry.Stamp
                : null;
            Assert.Equal(check.GetProperty("versionstamp").GetString(), found);
        }

        foreach (JsonElement mutation in root.GetProperty("mutations").EnumerateArray())
        {
            Perform(stamp, mutation);
        }
    }

    private void Perform(string stamp, JsonElement mutation)
    {
        string key = mutation.GetProperty("key").GetRawText()
            .Replace("{\"commitVersionstamp\":true}", $"\"{stamp}\"", StringComparison.Ordinal);
        switch (mutation.GetProperty("type").GetString())
        {
            case "delete":
                _entries.Remove(key);
                break;
            case "set":
                _entries[key] = (mutation.GetProperty("value").GetRawText(), stamp);
                break;
            case string type:
                ulong operand = NumberIn(mutation.GetProperty("value").GetRawText());
                ulong result = !_entries.TryGetValue(key, out (string Value, string Stamp) entry)
                    ? operand
                    : type switch
                    {
                        "sum" => unchecked(NumberIn(entry.Value) + operand),
                        "min" => Math.Min(NumberIn(entry.Value), operand),
                        _ => Math.Max(NumberIn(entry.Value), operand),
                    };
                _entries[key] = ($$"""{"u64":"{{result}}"}""", stamp);
                break;
        }
    }

    private static ulong NumberIn(string json) => ulong.Parse(
        JsonDocument.Parse(json).RootElement.GetProperty("u64").GetString()!,
        System.Globalization.CultureInfo.InvariantCulture);
}
