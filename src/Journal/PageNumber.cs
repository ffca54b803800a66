using System.Globalization;

namespace Quire;

/// <summary>
/// The number of a page: its place in the main file, counted from 0. The page begins at byte
/// <c>Value * page size</c>.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct PageNumber(uint Value) : IComparable<PageNumber>
{
    /// <summary>
    /// No page. Page 0 holds the header, so the number is free to mean "none" everywhere else.
    /// </summary>
    public static PageNumber None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc/>
    public int CompareTo(PageNumber other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Orders by place in the file.</summary>
    public static bool operator <(PageNumber left, PageNumber right) => left.Value < right.Value;

    /// <summary>Orders by place in the file.</summary>
    public static bool operator >(PageNumber left, PageNumber right) => left.Value > right.Value;

    /// <summary>Orders by place in the file.</summary>
    public static bool operator <=(PageNumber left, PageNumber right) => left.Value <= right.Value;

    /// <summary>Orders by place in the file.</summary>
    public static bool operator >=(PageNumber left, PageNumber right) => left.Value >= right.Value;
}
