using System.Text;

namespace Quire.Tests.Seeds;

/// <summary>
/// What the seed's program did, on the same engine: stamps from a clock and a counter of the
/// process, drawn before the write lock; checks in one transaction and changes in the next.
/// </summary>
internal sealed class NaiveStore(PageFile file, TimeProvider clock)
{
    private const string Map = "naive";
    private ushort _counter;

    public Versionstamp DrawStamp() =>
        new((ulong)clock.GetUtcNow().ToUnixTimeMilliseconds(), _counter++);

    public Versionstamp? StampOf(string key)
    {
        using ReadTransaction read = file.BeginRead();
        return read.Map(Map).TryGet(Encoding.UTF8.GetBytes(key), out ReadOnlySpan<byte> stamp)
            ? Versionstamp.Read(stamp)
            : null;
    }

    public void Set(string key, Versionstamp stamp) => file.Update(write =>
    {
        byte[] bytes = new byte[Versionstamp.LengthBytes];
        stamp.Write(bytes);
        write.Map(Map).Put(Encoding.UTF8.GetBytes(key), bytes);
    });
}
