using System.Diagnostics.CodeAnalysis;

namespace Quire.Pager;

/// <summary>Checks that stay on in release builds, on protocol transitions.</summary>
internal static class Invariant
{
    /// <summary>Throws when the engine finds itself where it can never be.</summary>
    /// <exception cref="InvalidOperationException">
    /// The condition does not hold: a bug in Quire.
    /// </exception>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string invariant)
    {
        if (!condition)
        {
            throw new InvalidOperationException(
                $"Invariant broken: {invariant}. This is a bug in Quire; please report it.");
        }
    }
}
