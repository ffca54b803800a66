using Quire.Pager;

namespace Quire.Collections;

/// <summary>What the maps of one open file keep from transaction to transaction.</summary>
internal sealed class FileMemory(EngineFile engine)
{
    private TreeWriter? _writer;

    /// <summary>Nodes that readers have read.</summary>
    public OpenedNodes Nodes { get; } = new(engine.Options.CacheBytes / engine.PageSize);

    public static FileMemory Of(EngineFile engine)
    {
        if (engine.Companion is not FileMemory memory)
        {
            memory = new FileMemory(engine);
            engine.Companion = memory;
        }

        return memory;
    }

    /// <summary>A writer that nobody uses; null when there is none.</summary>
    public TreeWriter? TakeWriter() => Interlocked.Exchange(ref _writer, null);

    public void Return(TreeWriter writer) => Volatile.Write(ref _writer, writer);
}
