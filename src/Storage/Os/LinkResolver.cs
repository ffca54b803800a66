namespace Quire.Storage;

/// <summary>
/// Follows the symbolic links of a path, one component at a time, as far as they exist. Not
/// <c>realpath</c>, which wants every component to exist: the file may be about to be created,
/// perhaps through a link whose target is still absent.
/// </summary>
/// <remarks>
/// A ".." typed by the caller is removed before any link is followed, as everywhere in .NET; one in
/// the target of a link means the parent of the directory the link is in, as in the kernel. What
/// may not be looked at counts as no link; opening it then says why.
/// </remarks>
internal static class LinkResolver
{
    /// <summary>As the Linux kernel's limit: more links than this are taken for a loop.</summary>
    private const int MaximumLinks = 40;

    /// <exception cref="IOException">A loop of links.</exception>
    public static string Resolve(string fullPath)
    {
        string resolved = Path.GetPathRoot(fullPath) ?? "";
        var pending = new Stack<string>();
        Push(pending, fullPath[resolved.Length..]);
        int links = 0;
        while (pending.TryPop(out string? component))
        {
            if (component == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            string candidate = Path.Combine(resolved, component);
            if (new FileInfo(candidate).LinkTarget is not { } target)
            {
                resolved = candidate;
                continue;
            }

            if (++links > MaximumLinks)
            {
                throw new IOException(
                    $"{fullPath}: more than {MaximumLinks} symbolic links, perhaps a loop");
            }

            if (Path.IsPathFullyQualified(target))
            {
                resolved = Path.GetPathRoot(target)!;
                target = target[resolved.Length..];
            }

            Push(pending, target);
        }

        return resolved;
    }

    private static void Push(Stack<string> pending, string relativePath)
    {
        string[] components = relativePath.Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
            StringSplitOptions.RemoveEmptyEntries);
        foreach (string component in components.Reverse().Where(c => c != "."))
        {
            pending.Push(component);
        }
    }
}
