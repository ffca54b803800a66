using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Quire.Collections;

namespace Quire;

/// <summary>
/// A key of the key-value store: one or more parts. Keys sort by their parts from the first on; a
/// key sorts before all that continue it. Parts sort by kind (bytes, text, integers, numbers,
/// false, true), and within a kind by value, text by code points.
/// </summary>
/// <remarks>
/// Immutable, and encoded once. The encoding keeps that order, byte by byte (docs/format.md, "Keys
/// of the key-value store"). The keys that continue a key are <b>not</b> all that begin with its
/// bytes: <c>["a"]</c> also begins <c>["a\0"]</c>, and is not a prefix of it;
/// <see cref="FirstContinuation"/> and <see cref="EndOfContinuations"/> are the bounds.
/// </remarks>
/// <example><code>
/// StoreKey key = StoreKey.Of("users", "anna", 7);
/// StoreKey same = ["users", "anna", 7];
/// </code></example>
[CollectionBuilder(typeof(StoreKey), nameof(Of))]
[SuppressMessage(
    "Naming", "CA1710:Identifiers should have correct suffix",
    Justification = "It is a key that has parts, and is enumerable for the sake of [a, b].")]
public sealed class StoreKey : IEquatable<StoreKey>, IComparable<StoreKey>
{
    private readonly StoreKeyPart[] _parts;

    /// <summary>Without the last part when that is the place of a versionstamp.</summary>
    private readonly byte[] _encoded;

    private StoreKey(StoreKeyPart[] parts, byte[] encoded)
    {
        _parts = parts;
        _encoded = encoded;
        Parts = Array.AsReadOnly(parts);
    }

    /// <summary>The parts; at least one.</summary>
    public IReadOnlyList<StoreKeyPart> Parts { get; }

    /// <summary>The bytes of the key.</summary>
    /// <exception cref="InvalidOperationException">
    /// <see cref="EndsWithCommitVersionstamp"/>: there are none before the commit.
    /// </exception>
    public ReadOnlySpan<byte> Encoded => !EndsWithCommitVersionstamp
        ? _encoded
        : throw new InvalidOperationException(
            $"The key {this} has no bytes before the commit that gives it its versionstamp.");

    /// <summary>How many bytes the key has, or is going to have.</summary>
    public int EncodedLength => _encoded.Length
        + (EndsWithCommitVersionstamp ? Versionstamp.TextLength + 2 : 0);

    /// <summary>
    /// Whether the last part is <see cref="StoreKeyPart.CommitVersionstamp"/>.
    /// </summary>
    public bool EndsWithCommitVersionstamp =>
        _parts[^1].Kind == StoreKeyPartKind.CommitVersionstamp;

    /// <summary>Makes a key.</summary>
    /// <exception cref="ArgumentException">
    /// No part; a part that is nothing; text with an unpaired surrogate; a place for a versionstamp
    /// that is not last.
    /// </exception>
    public static StoreKey Of(params ReadOnlySpan<StoreKeyPart> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ArgumentException("A key has at least one part; this has 0.", nameof(parts));
        }

        return new StoreKey(parts.ToArray(), Encode([], parts, first: 0));
    }

    /// <summary>Reads a key from its bytes.</summary>
    /// <exception cref="FormatException">
    /// They are not exactly what a key is encoded to; the message says where.
    /// </exception>
    public static StoreKey Decode(ReadOnlySpan<byte> encoded) =>
        new(StoreKeyDecoder.Decode(encoded), encoded.ToArray());

    /// <summary>Whether both have the same parts.</summary>
    public static bool operator ==(StoreKey? left, StoreKey? right) =>
        left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(StoreKey? left, StoreKey? right) => !(left == right);

    /// <summary>Whether the left one sorts before.</summary>
    public static bool operator <(StoreKey? left, StoreKey? right) => Compare(left, right) < 0;

    /// <summary>Whether the left one sorts after.</summary>
    public static bool operator >(StoreKey? left, StoreKey? right) => Compare(left, right) > 0;

    /// <summary>Whether the left one is the same or sorts before.</summary>
    public static bool operator <=(StoreKey? left, StoreKey? right) => Compare(left, right) <= 0;

    /// <summary>Whether the left one is the same or sorts after.</summary>
    public static bool operator >=(StoreKey? left, StoreKey? right) => Compare(left, right) >= 0;

    /// <summary>The key that continues this one by a part.</summary>
    /// <exception cref="ArgumentException">As <see cref="Of"/>.</exception>
    public StoreKey Append(StoreKeyPart part)
    {
        if (EndsWithCommitVersionstamp)
        {
            throw new ArgumentException(
                $"The key {this} ends with the place of a versionstamp, which is last.",
                nameof(part));
        }

        return new StoreKey([.. _parts, part], Encode(_encoded, [part], _parts.Length));
    }

    /// <summary>
    /// Whether the other key has this one's parts and at least one more.
    /// </summary>
    public bool IsContinuedBy(StoreKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other._parts.Length > _parts.Length
            && other._parts.AsSpan(0, _parts.Length).SequenceEqual(_parts);
    }

    /// <summary>
    /// Bytes that sort behind this key and before all that continue it. No key has them.
    /// </summary>
    public byte[] FirstContinuation() => [.. Encoded, 0x00];

    /// <summary>
    /// Bytes that sort behind all that continue this key and before what follows them.
    /// </summary>
    /// <remarks>
    /// Above every tag, and the escape itself: a string that only begins with this key's last one
    /// goes on with it, and sorts behind.
    /// </remarks>
    public byte[] EndOfContinuations() => [.. Encoded, StoreKeyTags.Escape];

    /// <summary>Enumerates the parts.</summary>
    public ReadOnlySpan<StoreKeyPart>.Enumerator GetEnumerator() =>
        new ReadOnlySpan<StoreKeyPart>(_parts).GetEnumerator();

    /// <inheritdoc/>
    public int CompareTo(StoreKey? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = _encoded.AsSpan().SequenceCompareTo(other._encoded);
        return order != 0
            ? order
            : EndsWithCommitVersionstamp.CompareTo(other.EndsWithCommitVersionstamp);
    }

    /// <inheritdoc/>
    public bool Equals(StoreKey? other) => other is not null
        && EndsWithCommitVersionstamp == other.EndsWithCommitVersionstamp
        && _encoded.AsSpan().SequenceEqual(other._encoded);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StoreKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_encoded);
        return hash.ToHashCode();
    }

    /// <summary>The JSON form (<see cref="StoreJson"/>).</summary>
    public override string ToString() => StoreJson.ToText(this);

    /// <summary>
    /// The key as a commit of this versionstamp sets it: its text in place of the place for it.
    /// A key without one is itself.
    /// </summary>
    internal StoreKey WithVersionstamp(Versionstamp versionstamp)
    {
        if (!EndsWithCommitVersionstamp)
        {
            return this;
        }

        StoreKeyPart[] parts = [.. _parts.AsSpan(0, _parts.Length - 1), versionstamp.ToString()];
        return new StoreKey(parts, Encode(_encoded, parts.AsSpan()[^1..], parts.Length - 1));
    }

    private static int Compare(StoreKey? left, StoreKey? right) =>
        left is null ? (right is null ? 0 : -1) : left.CompareTo(right);

    private static byte[] Encode(
        ReadOnlySpan<byte> before, ReadOnlySpan<StoreKeyPart> parts, int first)
    {
        if (parts[^1].Kind == StoreKeyPartKind.CommitVersionstamp)
        {
            parts = parts[..^1];
        }

        foreach (StoreKeyPart part in parts)
        {
            if (part.Kind == StoreKeyPartKind.CommitVersionstamp)
            {
                throw new ArgumentException(
                    "The place of a versionstamp is the last part of a key; here parts follow.",
                    nameof(parts));
            }
        }

        byte[] encoded = new byte[before.Length + StoreKeyEncoder.LengthOf(parts, first)];
        before.CopyTo(encoded);
        StoreKeyEncoder.Write(parts, encoded.AsSpan(before.Length));
        return encoded;
    }
}
