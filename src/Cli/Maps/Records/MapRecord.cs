using System.Buffers;

namespace Quire.Cli.Maps.Records;

/// <summary>Where in an input something is.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">In characters, from 1.</param>
internal readonly record struct InputPlace(long Line, long Column);

/// <summary>The input is not what it should be.</summary>
internal sealed class InputException(InputPlace place, string problem) : Exception(problem)
{
    public InputPlace Place { get; } = place;
}

/// <summary>
/// One record of an input; a reader fills the same object again and again, and what it holds is
/// valid until then.
/// </summary>
internal sealed class MapRecord
{
    /// <summary>Which map it belongs to.</summary>
    public string Map { get; set; } = "";

    public ArrayBufferWriter<byte> Key { get; } = new();

    public ArrayBufferWriter<byte> Value { get; } = new();

    /// <summary>
    /// Whether it only says that there is such a map: how an empty one is exported.
    /// </summary>
    public bool IsMapOnly { get; set; }

    /// <summary>Where its key is.</summary>
    public InputPlace Place { get; set; }

    public void Clear()
    {
        Key.ResetWrittenCount();
        Value.ResetWrittenCount();
        IsMapOnly = false;
    }
}
