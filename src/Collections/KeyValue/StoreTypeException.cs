namespace Quire;

/// <summary>
/// A sum, minimum or maximum met a value that is no unsigned integer of 64 bits. Nothing of its
/// operation was changed.
/// </summary>
public sealed class StoreTypeException : InvalidOperationException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The key.</param>
    /// <param name="storedKind">What is stored under it.</param>
    /// <param name="operation">What was asked for: "sum", "min" or "max".</param>
    public StoreTypeException(StoreKey key, StoreValueKind storedKind, string operation)
        : base(
            $"The value of {key} is {storedKind}; {operation} needs {StoreValueKind.UInt64}. " +
            "Nothing was changed.")
    {
        Key = key;
        StoredKind = storedKind;
        Operation = operation;
    }

    /// <summary>The key.</summary>
    public StoreKey Key { get; }

    /// <summary>What is stored under it.</summary>
    public StoreValueKind StoredKind { get; }

    /// <summary>What was asked for: "sum", "min" or "max".</summary>
    public string Operation { get; }
}
