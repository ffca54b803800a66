namespace Quire.Cli;

/// <summary>The exit codes of the tool. Other programs depend on them.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>
    /// The answer is no: damage found, page or key absent, check failed, input unusable,
    /// demonstration failed.
    /// </summary>
    public const int No = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>A lock was not to be had within the timeout.</summary>
    public const int Busy = 3;

    /// <summary>
    /// The file cannot be used as it is: corrupt, foreign, of a later version, or in need of
    /// recovery by somebody who may write.
    /// </summary>
    public const int Corrupt = 4;

    /// <summary>
    /// I/O failed: file missing or present, permission, disk full, locks unsupported.
    /// </summary>
    public const int Io = 5;
}
