using System.Runtime.InteropServices;

namespace Quire.Storage;

/// <summary>
/// The Unix error numbers that Quire tells apart, and their text. The low numbers are the same
/// everywhere; those above 34 differ between Linux and macOS.
/// </summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int EBADF = 9;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EROFS = 30;

    private static readonly bool Apple = OperatingSystem.IsMacOS();

    public static int EAGAIN { get; } = Apple ? 35 : 11;

    public static int EDQUOT { get; } = Apple ? 69 : 122;

    public static int ENOLCK { get; } = Apple ? 77 : 37;

    public static int ENOSYS { get; } = Apple ? 78 : 38;

    public static int ENOTSUP { get; } = Apple ? 45 : 95;

    public static int EOPNOTSUPP { get; } = Apple ? 102 : 95;

    /// <summary>"errno 28: No space left on device", or "error 112: ..." on Windows.</summary>
    public static string Describe(int error)
    {
        string word = OperatingSystem.IsWindows() ? "error" : "errno";
        return $"{word} {error}: {Marshal.GetPInvokeErrorMessage(error)}";
    }

    /// <summary>No space, no quota, or a file as large as this system allows.</summary>
    public static bool MeansFull(int error) =>
        error is ENOSPC or EFBIG || error == EDQUOT;

    /// <summary>
    /// An <see cref="IOException"/> that carries the error number as the BCL does.
    /// </summary>
    public static IOException Failure(string path, string operation, int error) =>
        new($"{path}: {operation} failed: {Describe(error)}", error);

    /// <summary>The right exception for a file that could not be opened.</summary>
    public static Exception OpenFailure(string path, int error)
    {
        string message = $"{path}: cannot be opened: {Describe(error)}";
        return error switch
        {
            ENOENT when Directory.Exists(Path.GetDirectoryName(path)) =>
                new FileNotFoundException(message, path),
            ENOENT or ENOTDIR => new DirectoryNotFoundException(message),
            EACCES or EPERM or EROFS => new UnauthorizedAccessException(message),
            EISDIR => new IOException($"{path}: is a directory, not a file", error),
            _ => new IOException(message, error),
        };
    }
}
