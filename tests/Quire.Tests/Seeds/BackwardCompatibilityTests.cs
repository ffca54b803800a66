using System.Security.Cryptography;
using System.Text;
using Quire.Tests.Support;
using Xunit;

namespace Quire.Tests.Seeds;

/// <summary>
/// A file that was written before there were collections (Fixtures/README.md), on a copy.
/// </summary>
public sealed class BackwardCompatibilityTests : IDisposable
{
    private const string Fixtures = "tests/Quire.Tests/Seeds/Fixtures";
    private const string Name = "before-collections.quire";
    private readonly TempFolder _folder = new();

    public BackwardCompatibilityTests()
    {
        foreach (string name in (string[])[Name, Name + "-journal"])
        {
            File.Copy(RepositoryFiles.PathOf($"{Fixtures}/{name}"), _folder.File(name));
        }
    }

    private string Path => _folder.File(Name);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Backward_compatibility()
    {
        Versionstamp stamp;
        using (PageFile file = PageFile.Open(Path))
        {
            CheckOldMaps(file);
            var store = new KeyValueStore(file);
            Assert.Null(store.Get(["a"]));
            ulong before = file.GetInfo().TransactionNumber.Value;
            stamp = store.Set(["a", new string('k', 400)], StoreValue.FromUInt64(5));
            Assert.Equal(before + 1, stamp.CommitNumber);
            Assert.Equal(20, stamp.ToString().Length);
        }

        using (PageFile file = PageFile.Open(Path))
        {
            CheckOldMaps(file);
            StoreEntry entry = new KeyValueStore(file).List(StoreSelector.All).Single();
            Assert.Equal((5UL, stamp), (entry.Value.AsUInt64(), entry.Versionstamp));
            using ReadTransaction read = file.BeginRead();
            Assert.Empty(read.VerifyMaps().Problems);
        }
    }

    [Fact]
    public void The_fixture_is_the_one_that_was_written_then()
    {
        string note = RepositoryFiles.Read($"{Fixtures}/README.md");
        foreach (string name in (string[])[Name, Name + "-journal"])
        {
            byte[] bytes = File.ReadAllBytes(RepositoryFiles.PathOf($"{Fixtures}/{name}"));
            Assert.Contains(
                $"| {name} | {bytes.Length} | {Convert.ToHexStringLower(SHA256.HashData(bytes))} |",
                note,
                StringComparison.Ordinal);
        }
    }

    private static void CheckOldMaps(PageFile file)
    {
        PageFileInfo info = file.GetInfo();
        Assert.Equal((512, 42U, 7U), (info.PageSize, info.ApplicationId, info.UserVersion));
        var expected = new Dictionary<string, string>
        {
            ["long"] = string.Concat(Enumerable.Range(0, 3000).Select(i => (char)('a' + (i % 26)))),
        };
        foreach (int i in Enumerable.Range(0, 40).Where(i => i != 7))
        {
            expected[$"user-{i:d2}"] = i == 8 ? "changed" : $"name of {i}";
        }

        using ReadTransaction read = file.BeginRead();
        Assert.Equal(
            expected.OrderBy(one => one.Key, StringComparer.Ordinal), Records(read, "users"));
        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"s{i}", $"{i * i}")),
            Records(read, "sizes"));
    }

    private static List<KeyValuePair<string, string>> Records(ReadTransaction read, string map)
    {
        var records = new List<KeyValuePair<string, string>>();
        foreach (MapEntry entry in read.Map(map).Scan())
        {
            records.Add(KeyValuePair.Create(
                Encoding.UTF8.GetString(entry.Key), Encoding.UTF8.GetString(entry.Value)));
        }

        return records;
    }
}
