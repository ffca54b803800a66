namespace Quire.Collections;

/// <summary>A demand of an atomic operation: the stamp that an entry must have, or none.</summary>
internal readonly record struct StoreCheck(StoreKey Key, Versionstamp? Versionstamp);

/// <summary>One change of an atomic operation.</summary>
internal abstract class StoreMutation
{
    /// <summary>What it counts for in <see cref="StoreLimits.OperationBytes"/>.</summary>
    public abstract int SizeBytes { get; }

    /// <summary>Makes the change; sees those before it.</summary>
    /// <returns>A number for <see cref="AtomicResult.Results"/>.</returns>
    public abstract ulong? Apply(StoreSession session);
}

internal sealed class SetMutation(StoreKey key, StoreValue value, TimeSpan? expireIn)
    : StoreMutation
{
    public override int SizeBytes => key.EncodedLength + value.Span.Length;

    public override ulong? Apply(StoreSession session)
    {
        ReadOnlySpan<byte> encoded = key.WithVersionstamp(session.Stamp).Encoded;
        session.Set(encoded, value, expireIn is { } time ? session.DueIn(time) : null);
        return null;
    }
}

internal sealed class DeleteMutation(StoreKey key) : StoreMutation
{
    public override int SizeBytes => key.EncodedLength;

    public override ulong? Apply(StoreSession session)
    {
        session.Delete(key.Encoded);
        return null;
    }
}

internal enum NumberOperation
{
    Sum,
    Min,
    Max,
}

internal sealed class NumberMutation(StoreKey key, NumberOperation operation, ulong operand)
    : StoreMutation
{
    public override int SizeBytes => key.EncodedLength + sizeof(ulong);

    public override ulong? Apply(StoreSession session)
    {
        ulong number = session.View.Get(key) is not { } entry
            ? operand
            : entry.Value.Kind == StoreValueKind.UInt64
                ? Result(entry.Value.AsUInt64())
                : throw new StoreTypeException(key, entry.Value.Kind, Word);
        session.Set(key.Encoded, StoreValue.FromUInt64(number), due: null);
        return number;
    }

    private string Word => operation switch
    {
        NumberOperation.Sum => "sum",
        NumberOperation.Min => "min",
        _ => "max",
    };

    private ulong Result(ulong stored) => operation switch
    {
        NumberOperation.Sum => unchecked(stored + operand),
        NumberOperation.Min => Math.Min(stored, operand),
        _ => Math.Max(stored, operand),
    };
}
