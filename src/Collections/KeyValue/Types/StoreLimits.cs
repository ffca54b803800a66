namespace Quire;

/// <summary>How much the key-value store takes. The same for every page size.</summary>
public static class StoreLimits
{
    /// <summary>The longest key, encoded (<see cref="StoreKey.EncodedLength"/>).</summary>
    public const int KeyBytes = 2048;

    /// <summary>The longest value (<see cref="StoreValue.Span"/>).</summary>
    public const int ValueBytes = 65_536;

    /// <summary>How many checks an atomic operation may have.</summary>
    public const int Checks = 100;

    /// <summary>How many mutations an atomic operation may have.</summary>
    public const int Mutations = 1000;

    /// <summary>The keys and values of an atomic operation, together.</summary>
    public const int OperationBytes = 819_200;

    /// <summary>
    /// The longest time after which an entry typed in JSON expires, in milliseconds: a thousand
    /// years of 365 days.
    /// </summary>
    public const long ExpireInMilliseconds = 31_536_000_000_000;

    /// <exception cref="ArgumentException">Too long.</exception>
    internal static void Check(StoreKey key)
    {
        if (key.EncodedLength > KeyBytes)
        {
            throw new ArgumentException(
                $"A key may have {KeyBytes} bytes, encoded; this one has {key.EncodedLength}.",
                nameof(key));
        }
    }

    /// <exception cref="ArgumentException">Too long.</exception>
    internal static void Check(StoreValue value)
    {
        if (value.Span.Length > ValueBytes)
        {
            throw new ArgumentException(
                $"A value may have {ValueBytes} bytes; this one has {value.Span.Length}.",
                nameof(value));
        }
    }
}
