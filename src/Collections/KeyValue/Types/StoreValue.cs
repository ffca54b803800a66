using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Quire.Collections;

namespace Quire;

/// <summary>
/// A value of the key-value store: JSON, bytes, or an unsigned integer of 64 bits.
/// </summary>
/// <remarks>
/// Immutable. JSON is kept as text without the whitespace between its tokens, and otherwise as it
/// was written: numbers of any length and names that occur twice come back. The default value is
/// the JSON <c>null</c>.
/// </remarks>
public readonly struct StoreValue : IEquatable<StoreValue>
{
    /// <summary>How deep JSON may be nested.</summary>
    public const int MaxJsonDepth = 64;

    private const string UsesReflection =
        "JSON by reflection; the overload with JsonTypeInfo works everywhere.";

    private readonly StoreValueKind _kind;
    private readonly byte[]? _payload;

    private StoreValue(StoreValueKind kind, byte[] payload)
    {
        _kind = kind;
        _payload = payload;
    }

    /// <summary>What the value is.</summary>
    public StoreValueKind Kind => _payload is null ? StoreValueKind.Json : _kind;

    /// <summary>
    /// JSON in UTF-8, the bytes, or the integer in eight bytes, the lowest first. Valid as long as
    /// the value.
    /// </summary>
    public ReadOnlySpan<byte> Span => _payload ?? "null"u8;

    /// <summary>The value of these bytes, which are copied.</summary>
    public static StoreValue FromBytes(ReadOnlySpan<byte> bytes) =>
        new(StoreValueKind.Bytes, bytes.ToArray());

    /// <summary>The value of this integer.</summary>
    public static StoreValue FromUInt64(ulong integer)
    {
        byte[] payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, integer);
        return new StoreValue(StoreValueKind.UInt64, payload);
    }

    /// <summary>The value of this JSON.</summary>
    /// <exception cref="FormatException">Not one JSON value; the message says where.</exception>
    public static StoreValue FromJsonText(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return FromJsonText(StrictText.Utf8.GetBytes(json));
        }
        catch (EncoderFallbackException error)
        {
            throw new FormatException(
                $"JSON with an unpaired surrogate at position {error.Index}.", error);
        }
    }

    /// <summary>The value of this JSON in UTF-8.</summary>
    /// <exception cref="FormatException">Not one JSON value; the message says where.</exception>
    public static StoreValue FromJsonText(ReadOnlySpan<byte> utf8Json) =>
        new(StoreValueKind.Json, JsonText.Compact(utf8Json));

    /// <summary>An object as JSON, by metadata from a source generator.</summary>
    public static StoreValue FromJson<T>(T value, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return FromJsonText(buffer.WrittenSpan);
    }

    /// <summary>An object as JSON, by reflection.</summary>
    [RequiresUnreferencedCode(UsesReflection)]
    [RequiresDynamicCode(UsesReflection)]
    public static StoreValue FromJson<T>(T value, JsonSerializerOptions? options = null) =>
        FromJsonText(JsonSerializer.SerializeToUtf8Bytes(value, options));

    /// <summary>Whether both are of one kind and have the same bytes.</summary>
    public static bool operator ==(StoreValue left, StoreValue right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(StoreValue left, StoreValue right) => !left.Equals(right);

    /// <summary>The integer.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public ulong AsUInt64() =>
        BinaryPrimitives.ReadUInt64LittleEndian(Of(StoreValueKind.UInt64).Span);

    /// <summary>The JSON.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    public string AsJsonText() => StrictText.Utf8.GetString(Of(StoreValueKind.Json).Span);

    /// <summary>The object that the JSON is, by metadata from a source generator.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    /// <exception cref="FormatException">Other JSON than that of such an object.</exception>
    public T? ToObject<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        ReadOnlySpan<byte> json = Of(StoreValueKind.Json).Span;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException error)
        {
            throw NoSuchObject<T>(json, error);
        }
    }

    /// <summary>The object that the JSON is, by reflection.</summary>
    /// <exception cref="InvalidOperationException">Another kind.</exception>
    /// <exception cref="FormatException">Other JSON than that of such an object.</exception>
    [RequiresUnreferencedCode(UsesReflection)]
    [RequiresDynamicCode(UsesReflection)]
    public T? ToObject<T>(JsonSerializerOptions? options = null)
    {
        ReadOnlySpan<byte> json = Of(StoreValueKind.Json).Span;
        try
        {
            return JsonSerializer.Deserialize<T>(json, options);
        }
        catch (JsonException error)
        {
            throw NoSuchObject<T>(json, error);
        }
    }

    /// <inheritdoc/>
    public bool Equals(StoreValue other) => Kind == other.Kind && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StoreValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Kind);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>The JSON form (<see cref="StoreJson"/>).</summary>
    public override string ToString() => StoreJson.ToText(this);

    /// <summary>
    /// A value from a file, where nothing is trusted: false when the bytes are none of this kind.
    /// </summary>
    internal static bool TryRead(
        StoreValueKind kind, ReadOnlySpan<byte> payload, out StoreValue value)
    {
        bool isOne = kind switch
        {
            StoreValueKind.Json => JsonText.IsCompact(payload),
            StoreValueKind.Bytes => true,
            StoreValueKind.UInt64 => payload.Length == sizeof(ulong),
            _ => false,
        };
        value = isOne ? new StoreValue(kind, payload.ToArray()) : default;
        return isOne;
    }

    private static FormatException NoSuchObject<T>(
        ReadOnlySpan<byte> json, JsonException error) => new(
        $"{json.Length} bytes of JSON that are no {typeof(T).Name}: {error.Message}", error);

    private StoreValue Of(StoreValueKind kind) => Kind == kind
        ? this
        : throw new InvalidOperationException($"The value is {Kind}, not {kind}.");
}
