namespace Quire.Collections;

/// <summary>
/// A map of a write transaction that is made when it is first written to. Lives for one operation:
/// going back to a savepoint may undo the making.
/// </summary>
internal sealed class LazyMap(WriteTransaction write, TypedMap definition)
{
    private MapWriter? _writer;
    private bool? _exists;

    public string Name => definition.Name;

    public bool Exists => _exists ??= write.HasMap(Name);

    /// <summary>The map for reading: an empty one as long as the file has none.</summary>
    public MapReader Reader => Exists ? Writer.AsReader() : definition.ReadIn(write);

    public MapWriter Writer
    {
        get
        {
            _exists = true;
            return _writer ??= definition.In(write);
        }
    }
}
