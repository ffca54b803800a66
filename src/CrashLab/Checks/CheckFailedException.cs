namespace Quire.CrashLab;

/// <summary>A built-in check found what must not be. Your own checks may throw anything.</summary>
public sealed class CheckFailedException : Exception
{
    /// <param name="message">What was found, and what was allowed.</param>
    public CheckFailedException(string message)
        : base(message)
    {
    }
}
