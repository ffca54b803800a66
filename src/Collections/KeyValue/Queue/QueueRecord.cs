using System.Buffers.Binary;

namespace Quire.Collections;

/// <summary>Whose turn it is with a message, and so what its due time means.</summary>
internal enum QueueState : byte
{
    /// <summary>Nobody has it; it may be delivered from its due time on.</summary>
    Waiting = 1,

    /// <summary>A listener has it, until its due time.</summary>
    Leased = 2,
}

/// <summary>
/// A message in the queue besides its key, which has the form of an <see cref="ExpiryKey"/>. Drawn
/// in docs/format.md, "Queue record".
/// </summary>
internal sealed record QueueRecord
{
    public const int VersionOffset = 0;
    public const int StateOffset = 1;
    public const int FailuresOffset = 2;
    public const int KindOffset = 3;
    public const int LeaseOffset = 4;
    public const int BackoffCountOffset = 12;
    public const int KeyCountOffset = 13;
    public const int HeaderBytes = 14;

    public const byte CurrentVersion = 1;

    private const int IntervalBytes = 4;
    private const int KeyLengthBytes = 2;

    public QueueState State { get; init; } = QueueState.Waiting;

    /// <summary>How many attempts have failed.</summary>
    public int Failures { get; init; }

    /// <summary>
    /// The number of the commit by which its listener took it: what tells two leases apart. 0 while
    /// it waits.
    /// </summary>
    public ulong Lease { get; init; }

    /// <summary>The waits after each failure, in milliseconds.</summary>
    public required IReadOnlyList<int> Backoff { get; init; }

    /// <summary>The keys that get the value when no attempt is left.</summary>
    public required IReadOnlyList<StoreKey> KeysIfUndelivered { get; init; }

    public required StoreValue Value { get; init; }

    /// <summary>What it counts for in the limit of an operation.</summary>
    public int SizeBytes =>
        Value.Span.Length + KeysIfUndelivered.Sum(key => key.EncodedLength);

    public byte[] Write()
    {
        int keys = KeysIfUndelivered.Sum(key => KeyLengthBytes + key.Encoded.Length);
        byte[] bytes = new byte[
            HeaderBytes + (Backoff.Count * IntervalBytes) + keys + Value.Span.Length];
        bytes[VersionOffset] = CurrentVersion;
        bytes[StateOffset] = (byte)State;
        bytes[FailuresOffset] = (byte)Failures;
        bytes[KindOffset] = (byte)Value.Kind;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(LeaseOffset), Lease);
        bytes[BackoffCountOffset] = (byte)Backoff.Count;
        bytes[KeyCountOffset] = (byte)KeysIfUndelivered.Count;
        Span<byte> rest = bytes.AsSpan(HeaderBytes);
        foreach (int interval in Backoff)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, interval);
            rest = rest[IntervalBytes..];
        }

        foreach (StoreKey key in KeysIfUndelivered)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)key.Encoded.Length);
            key.Encoded.CopyTo(rest[KeyLengthBytes..]);
            rest = rest[(KeyLengthBytes + key.Encoded.Length)..];
        }

        Value.Span.CopyTo(rest);
        return bytes;
    }

    /// <summary>Interprets a record.</summary>
    /// <returns>Null when it is one, or why it is none.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out QueueRecord record)
    {
        record = null!;
        if (ProblemOfHeader(bytes) is { } problem)
        {
            return problem;
        }

        int[] backoff = new int[bytes[BackoffCountOffset]];
        var keys = new StoreKey[bytes[KeyCountOffset]];
        ReadOnlySpan<byte> rest = bytes[HeaderBytes..];
        problem = ReadBackoff(ref rest, backoff) ?? ReadKeys(ref rest, keys);
        if (problem is not null)
        {
            return problem;
        }

        var kind = (StoreValueKind)bytes[KindOffset];
        if (rest.Length > StoreLimits.ValueBytes
            || !StoreValue.TryRead(kind, rest, out StoreValue value))
        {
            return $"has a value of {rest.Length} bytes that is no {kind}";
        }

        record = new QueueRecord
        {
            State = (QueueState)bytes[StateOffset],
            Failures = bytes[FailuresOffset],
            Lease = BinaryPrimitives.ReadUInt64BigEndian(bytes[LeaseOffset..]),
            Backoff = backoff,
            KeysIfUndelivered = keys,
            Value = value,
        };
        return null;
    }

    private static string? ProblemOfHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return $"has {bytes.Length} bytes, expected {HeaderBytes} or more";
        }

        if (bytes[VersionOffset] != CurrentVersion)
        {
            return $"has version {bytes[VersionOffset]}; this release reads version " +
                $"{CurrentVersion}";
        }

        if (bytes[StateOffset] is < (byte)QueueState.Waiting or > (byte)QueueState.Leased)
        {
            return $"has state {bytes[StateOffset]}; there are 1 and 2";
        }

        if (bytes[BackoffCountOffset] > QueueLimits.BackoffIntervals
            || bytes[KeyCountOffset] > QueueLimits.KeysIfUndelivered)
        {
            return $"has {bytes[BackoffCountOffset]} intervals and {bytes[KeyCountOffset]} keys, " +
                $"expected at most {QueueLimits.BackoffIntervals} and " +
                $"{QueueLimits.KeysIfUndelivered}";
        }

        return bytes[FailuresOffset] > bytes[BackoffCountOffset]
            ? $"has failed {bytes[FailuresOffset]} times with {bytes[BackoffCountOffset]} intervals"
            : null;
    }

    private static string? ReadBackoff(ref ReadOnlySpan<byte> rest, int[] backoff)
    {
        if (rest.Length < backoff.Length * IntervalBytes)
        {
            return $"ends in its {backoff.Length} intervals";
        }

        for (int i = 0; i < backoff.Length; i++)
        {
            backoff[i] = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[IntervalBytes..];
            if (backoff[i] < 0 || backoff[i] > QueueLimits.BackoffInterval.TotalMilliseconds)
            {
                return $"waits {backoff[i]} ms after failure {i + 1}, expected at most " +
                    $"{QueueLimits.BackoffInterval.TotalMilliseconds}";
            }
        }

        return null;
    }

    private static string? ReadKeys(ref ReadOnlySpan<byte> rest, StoreKey[] keys)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            int length = rest.Length < KeyLengthBytes
                ? int.MaxValue
                : BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length > rest.Length - KeyLengthBytes || length > StoreLimits.KeyBytes)
            {
                return $"ends in key {i + 1} of {keys.Length}";
            }

            try
            {
                keys[i] = StoreKey.Decode(rest.Slice(KeyLengthBytes, length));
            }
            catch (FormatException error)
            {
                return $"has no key of a store as key {i + 1}: {error.Message}";
            }

            rest = rest[(KeyLengthBytes + length)..];
        }

        return null;
    }
}
