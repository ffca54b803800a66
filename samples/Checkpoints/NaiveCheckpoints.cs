using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quire.Samples.Checkpoints;

/// <summary>
/// The same as it is often done: the index of a thread is one blob, which is loaded, gets the new
/// id in front, and is saved. A lock within the process keeps its own saves apart; nothing keeps
/// those of two processes apart, and the later one saves an index without the other's entry.
/// </summary>
public sealed class NaiveCheckpoints(PageFile file)
{
    private static readonly OrderedMap<string, byte[]> Blobs =
        new("naive", MapKeys.String, MapValues.Bytes);

    private readonly Lock _oneSaveAtATime = new();

    /// <summary>Saves a state, and then its entry in the index.</summary>
    public void Save(string thread, string id, byte[] state)
    {
        lock (_oneSaveAtATime)
        {
            SaveState(thread, id, state);
            SaveIndex(thread, [id, .. LoadIndex(thread)]);
        }
    }

    /// <summary>The data key: each checkpoint has its own, and none is ever lost.</summary>
    public void SaveState(string thread, string id, byte[] state) =>
        file.Update(write => { Blobs.In(write).Put($"{thread}:{id}", state); });

    /// <summary>The first half of a change of the index.</summary>
    public string[] LoadIndex(string thread)
    {
        using ReadTransaction read = file.BeginRead();
        return Blobs.In(read).TryGet($"{thread}:_checkpoints", out byte[] index)
            ? JsonSerializer.Deserialize(index, IndexJson.Default.StringArray)!
            : [];
    }

    /// <summary>Its second half.</summary>
    public void SaveIndex(string thread, string[] ids) => file.Update(write =>
    {
        Blobs.In(write).Put(
            $"{thread}:_checkpoints", JsonSerializer.SerializeToUtf8Bytes(ids, IndexJson.Default.StringArray));
    });
}

/// <summary>How the index is written, without reflection: it works trimmed, too.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class IndexJson : JsonSerializerContext;
