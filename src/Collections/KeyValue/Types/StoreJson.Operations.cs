using System.Text.Json;

namespace Quire;

/// <content>Atomic operations and what comes of them.</content>
public static partial class StoreJson
{
    private const string CheckNames = "key, versionstamp";
    private const string MutationNames = "type, key, value, expireIn";

    /// <summary>
    /// Reads an atomic operation:
    /// <c>{"checks":[{"key":K,"versionstamp":S}],"mutations":[{"type":T,"key":K,"value":V}]}</c>,
    /// where S is <c>null</c> for an absent entry, T is <c>set</c>, <c>delete</c>, <c>sum</c>,
    /// <c>min</c> or <c>max</c>, <c>delete</c> has no value, and <c>set</c> may have
    /// <c>"expireIn"</c> in milliseconds. Each list may be left out.
    /// </summary>
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
        foreach ((JsonElement check, string place) in members.ListOf("checks"))
        {
            ReadCheck(operation, check, place);
        }

        foreach ((JsonElement mutation, string place) in members.ListOf("mutations"))
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
        Members members = Members.Of(json, place, MutationNames);
        string type = TextOf(members["type"], $"{place}.type");
        StoreKey key = ReadKey(members["key"], $"{place}.key");
        if (type != "set")
        {
            members.ThrowIfPresent("expireIn", type);
        }

        switch (type)
        {
            case "set":
                StoreValue value = ReadValue(members["value"], $"{place}.value");
                TimeSpan? expireIn = members.TryGet("expireIn", out JsonElement time)
                    ? TimeOf(time, $"{place}.expireIn")
                    : null;
                Fit(place, () => operation.Set(key, value, expireIn));
                break;
            case "delete":
                members.ThrowIfPresent("value", type);
                Fit(place, () => operation.Delete(key));
                break;
            case "sum":
            case "min":
            case "max":
                ulong operand = OperandOf(members["value"], $"{place}.value", type);
                Fit(place, () => type switch
                {
                    "sum" => operation.Sum(key, operand),
                    "min" => operation.Min(key, operand),
                    _ => operation.Max(key, operand),
                });
                break;
            default:
                throw new FormatException(
                    $"{place}.type: \"{Short(type)}\" is not set, delete, sum, min or max.");
        }
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

    private static TimeSpan TimeOf(in JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Number
            || !json.TryGetInt64(out long milliseconds)
            || milliseconds < 1
            || milliseconds > StoreLimits.ExpireInMilliseconds)
        {
            throw new FormatException(
                $"{place}: a whole number of milliseconds from 1 to " +
                $"{StoreLimits.ExpireInMilliseconds} is expected, not {Name(json)}.");
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }
}
