using Quire.Pager;

namespace Quire.Collections;

/// <summary>A collection is of one open file, and takes no transaction of another.</summary>
internal static class CollectionFile
{
    /// <exception cref="ArgumentException">They are not the same open file.</exception>
    public static void ThrowIfOther(EngineFile own, EngineFile given, string parameter)
    {
        if (!ReferenceEquals(own, given))
        {
            throw new ArgumentException(
                $"The transaction is one of {given.Path}, opened separately; the collection was " +
                $"made for {own.Path}.",
                parameter);
        }
    }
}
