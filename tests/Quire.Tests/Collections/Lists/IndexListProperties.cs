using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Quire.Tests.Collections.Lists;

/// <summary>Programs on lists against lists in memory, drawn and shrunk by FsCheck.</summary>
public sealed class IndexListProperties
{
    private static readonly Config Settings =
        Config.QuickThrowOnFailure.WithMaxTest(120).WithEndSize(150);

    [Fact]
    public void Index_lists_are_what_lists_in_memory_would_be()
    {
        Gen<Step> steps = Gen.Choose(0, 99).SelectMany(kind => Gen.Choose(0, 4).SelectMany(
            list => Gen.Choose(0, 30).Select(id => new Step(kind, $"list {list}", $"id {id}"))));
        Check.One(
            Settings,
            Prop.ForAll(Gen.ListOf(steps).ToArbitrary(), program => Run([.. program])));
    }

    private static void Run(Step[] program)
    {
        using var file = new MapFile();
        var lists = new IndexLists(file.File);
        var committed = new Model();
        Model expected = committed.Copy();
        WriteTransaction write = file.File.BeginWrite();
        foreach (Step step in program)
        {
            switch (step.Kind)
            {
                case < 92:
                    Perform(lists.In(write), expected, step);
                    break;
                case < 95:
                    write.Dispose();
                    expected = committed.Copy();
                    write = file.File.BeginWrite();
                    break;
                default:
                    write.Commit();
                    committed = expected.Copy();
                    write = file.File.BeginWrite();
                    break;
            }
        }

        write.Commit();
        file.Reopen();
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        IndexListReader found = new IndexLists(file.File).In(read);
        Assert.Equal(expected.Lists.Count, found.Verify());
        Assert.Equal(
            expected.Lists.Select(list => new IndexListInfo(list.Key, list.Value.Count)),
            found.Lists());
        foreach ((string name, List<string> ids) in expected.Lists)
        {
            Assert.Equal(ids, found.List(name).Select(entry => entry.Id));
        }
    }

    private static void Perform(IndexListWriter lists, Model model, Step step)
    {
        (int kind, string list, string id) = step;
        List<string> ids = model.Lists.TryGetValue(list, out List<string>? known) ? known : [];
        bool isThere = ids.Contains(id);
        switch (kind)
        {
            case < 40:
                Assert.Equal(!isThere, lists.Add(list, id));
                model.Put(list, isThere ? ids : [id, .. ids]);
                break;
            case < 52:
                Assert.Equal(isThere, lists.MoveToFront(list, id));
                model.Put(list, isThere ? [id, .. ids.Where(other => other != id)] : ids);
                break;
            case < 74:
                Assert.Equal(isThere, lists.Remove(list, id));
                model.Put(list, [.. ids.Where(other => other != id)]);
                break;
            case < 76:
                Assert.Equal(ids.Count, lists.Drop(list));
                model.Put(list, []);
                break;
            case < 84:
                Assert.Equal(isThere, lists.Contains(list, id));
                Assert.Equal(ids.Count, lists.Count(list));
                Assert.Equal(ids.FirstOrDefault(), lists.Newest(list)?.Id);
                break;
            default:
                Assert.Equal(
                    ids.SkipWhile(other => isThere && other != id).Skip(isThere ? 1 : 0).Take(3),
                    lists.List(list, 3, lists.PositionOf(list, id)).Select(entry => entry.Id));
                break;
        }
    }

    private sealed record Step(int Kind, string List, string Id);

    /// <summary>The lists that are not empty.</summary>
    private sealed class Model
    {
        public SortedDictionary<string, List<string>> Lists { get; } = new(StringComparer.Ordinal);

        public void Put(string list, List<string> ids)
        {
            Lists.Remove(list);
            if (ids.Count > 0)
            {
                Lists[list] = ids;
            }
        }

        public Model Copy()
        {
            var copy = new Model();
            foreach ((string name, List<string> ids) in Lists)
            {
                copy.Put(name, [.. ids]);
            }

            return copy;
        }
    }
}
