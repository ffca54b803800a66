using System.Globalization;

namespace Quire;

/// <summary>
/// The number of a committed transaction. A new file is at 0; each commit that changes anything
/// takes the next number, across all processes, for the life of the file.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct TransactionNumber(ulong Value) : IComparable<TransactionNumber>
{
    /// <summary>The number after this one.</summary>
    public TransactionNumber Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(TransactionNumber other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Orders by time of commit.</summary>
    public static bool operator <(TransactionNumber left, TransactionNumber right) =>
        left.Value < right.Value;

    /// <summary>Orders by time of commit.</summary>
    public static bool operator >(TransactionNumber left, TransactionNumber right) =>
        left.Value > right.Value;

    /// <summary>Orders by time of commit.</summary>
    public static bool operator <=(TransactionNumber left, TransactionNumber right) =>
        left.Value <= right.Value;

    /// <summary>Orders by time of commit.</summary>
    public static bool operator >=(TransactionNumber left, TransactionNumber right) =>
        left.Value >= right.Value;
}
