using System.Text.Json;

namespace Quire;

/// <content>Atomic operations and what comes of them.</content>
public static partial class StoreJson
{
    private const string CheckNames = "key, versionstamp";

    /// <summary>
    /// Reads an atomic operation:
    /// <c>{"checks":[{"key":K,"versionstamp":S}],"mutations":[{"type":T,"key":K,"value":V}]}</c>.
    /// S is <c>null</c> for an absent entry; T is <c>set</c>, <c>delete</c>, <c>sum</c>,
    /// <c>min</c>, <c>max</c> or <c>enqueue</c>. Each list may be left out.
    /// </summary>
    /// <remarks>
    /// <c>delete</c> has no value; <c>set</c> may have <c>"expireIn"</c>; <c>enqueue</c> has no key
    /// and may have <c>"delay"</c>, <c>"keysIfUndelivered"</c> (a list of keys) and
    /// <c>"backoffSchedule"</c> (a list of times). Times are whole milliseconds.
    /// </remarks>
    /// <exception cref="FormatException">
    /// Not one, or past a limit; the message names the place.
    /// </exception>
    public static AtomicOperation ParseOperation(string json) =>
        Read(new AtomicOperation(), json);

    /// <summary>Reads an atomic operation on a store, which can be committed as it is.</summary>
    /// <inheritdoc cref="ParseOperation(string)"/>
    public static AtomicOperation ParseOperation(string json, KeyValueStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return Read(store.Atomic(), json);
    }

    /// <summary>One line of JSON.</summary>
    public static string ToText(AtomicResult result) => Text(json => Write(json, result));

    /// <summary>
    /// Writes what came of an operation: <c>{"ok":true,"versionstamp":S}</c>, or
    /// <c>{"ok":false,"failed":[0]}</c> with the indexes of the checks that failed.
    /// </summary>
    public static void Write(Utf8JsonWriter json, AtomicResult result)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(result);
        json.WriteStartObject();
        json.WriteBoolean("ok", result.IsCommitted);
        if (result.IsCommitted)
        {
            json.WriteString("versionstamp", result.Versionstamp.ToString());
        }
        else
        {
            json.WriteStartArray("failed");
            foreach (int index in result.FailedChecks)
            {
                json.WriteNumberValue(index);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static AtomicOperation Read(AtomicOperation operation, string json)
    {
        using JsonDocument document = Parse(json);
        Members members = Members.Of(document.RootElement, "operation", "checks, mutations");
        foreach ((JsonElement check, string place) in members.ListOf("checks", ""))
        {
            ReadCheck(operation, check, place);
        }

        foreach ((JsonElement mutation, string place) in members.ListOf("mutations", ""))
        {
            ReadMutation(operation, mutation, place);
        }

        return operation;
    }

    private static void ReadCheck(AtomicOperation operation, in JsonElement json, string place)
    {
        Members members = Members.Of(json, place, CheckNames);
        StoreKey key = ReadKey(members["key"], $"{place}.key");
        JsonElement stamp = members["versionstamp"];
        Versionstamp? versionstamp = stamp.ValueKind == JsonValueKind.Null
            ? null
            : StampOf(stamp, $"{place}.versionstamp");
        Fit(place, () => operation.Check(key, versionstamp));
    }

    private static void ReadMutation(AtomicOperation operation, in JsonElement json, string place)
    {
        string type = TypeOf(json, place);
        Members members = Members.Of(json, place, type switch
        {
            "set" => "type, key, value, expireIn",
            "delete" => "type, key",
            "enqueue" => "type, value, delay, keysIfUndelivered, backoffSchedule",
            _ => "type, key, value",
        });
        if (type == "enqueue")
        {
            ReadEnqueue(operation, members, place);
            return;
        }

        StoreKey key = ReadKey(members["key"], $"{place}.key");
        switch (type)
        {
            case "set":
                StoreValue value = ReadValue(members["value"], $"{place}.value");
                TimeSpan? expireIn = members.TryGet("expireIn", out JsonElement time)
                    ? TimeOf(time, $"{place}.expireIn", least: 1)
                    : null;
                Fit(place, () => operation.Set(key, value, expireIn));
                break;
            case "delete":
                Fit(place, () => operation.Delete(key));
                break;
            default:
                ulong operand = OperandOf(members["value"], $"{place}.value", type);
                Fit(place, () => type switch
                {
                    "sum" => operation.Sum(key, operand),
                    "min" => operation.Min(key, operand),
                    _ => operation.Max(key, operand),
                });
                break;
        }
    }

    private static void ReadEnqueue(AtomicOperation operation, Members members, string place)
    {
        StoreValue value = ReadValue(members["value"], $"{place}.value");
        TimeSpan delay = members.TryGet("delay", out JsonElement time)
            ? TimeOf(time, $"{place}.delay", least: 0)
            : default;
        StoreKey[] keys =
        [
            .. members.ListOf("keysIfUndelivered", place)
                .Select(key => ReadKey(key.Element, key.Place)),
        ];
        TimeSpan[]? backoff = members.TryGet("backoffSchedule", out _)
            ?
            [
                .. members.ListOf("backoffSchedule", place)
                    .Select(interval => TimeOf(interval.Element, interval.Place, least: 0)),
            ]
            : null;
        Fit(place, () => operation.Enqueue(value, delay, keys, backoff));
    }

    private static string TypeOf(in JsonElement json, string place)
    {
        JsonElement type = json.ValueKind == JsonValueKind.Object
            ? json.EnumerateObject()
                .FirstOrDefault(property => NameOf(property, place) == "type").Value
            : default;
        if (type.ValueKind == JsonValueKind.Undefined)
        {
            throw new FormatException($"{place}: an object with a \"type\" is expected.");
        }

        string text = TextOf(type, $"{place}.type");
        return text is "set" or "delete" or "sum" or "min" or "max" or "enqueue"
            ? text
            : throw new FormatException(
                $"{place}.type: \"{Short(text)}\" is not set, delete, sum, min, max or enqueue.");
    }

    /// <summary>What the operation itself refuses is refused with the place.</summary>
    private static void Fit(string place, Func<AtomicOperation> add)
    {
        try
        {
            add();
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    private static ulong OperandOf(in JsonElement json, string place, string type)
    {
        StoreValue operand = ReadValue(json, place);
        return operand.Kind == StoreValueKind.UInt64
            ? operand.AsUInt64()
            : throw new FormatException(
                $"{place}: {type} takes {{\"u64\":\"5\"}}, not {operand.Kind}.");
    }

    private static Versionstamp StampOf(in JsonElement json, string place)
    {
        try
        {
            return Versionstamp.Parse(TextOf(json, place));
        }
        catch (FormatException error) when (
            !error.Message.StartsWith(place, StringComparison.Ordinal))
        {
            throw new FormatException($"{place}: {error.Message}", error);
        }
    }

    private static TimeSpan TimeOf(in JsonElement json, string place, long least)
    {
        if (json.ValueKind != JsonValueKind.Number
            || !json.TryGetInt64(out long milliseconds)
            || milliseconds < least
            || milliseconds > StoreLimits.ExpireInMilliseconds)
        {
            throw new FormatException(
                $"{place}: a whole number of milliseconds from {least} to " +
                $"{StoreLimits.ExpireInMilliseconds} is expected, not {Name(json)}.");
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }
}
