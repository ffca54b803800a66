namespace Quire;

/// <summary>A counter and its value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What it was at when it was read.</param>
public readonly record struct CounterValue(string Name, long Value);

/// <summary>Numbers that one caller has for itself: all from the first to the last.</summary>
/// <param name="First">The first number.</param>
/// <param name="Last">The last number, the value of the counter from then on.</param>
public readonly record struct CounterRange(long First, long Last)
{
    /// <summary>How many numbers there are.</summary>
    public long Count => checked(Last - First + 1);
}
