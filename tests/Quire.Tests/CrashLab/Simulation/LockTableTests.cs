using Quire.CrashLab;
using Quire.Storage;
using Xunit;

namespace Quire.Tests.CrashLab.Simulation;

/// <summary>The lock table against a model that keeps every byte, or every call, by itself.</summary>
public sealed class LockTableTests
{
    private const int Bytes = 12;

    [Theory]
    [InlineData(LockRules.OpenFile)]
    [InlineData(LockRules.Process)]
    public void Unix_locks_are_a_mode_for_each_byte_and_owner(LockRules rules)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var world = new World(rules);

            // The owner of a byte's lock: the open file, or the process and the file.
            object OwnerOf(SimulatedFile file) => rules == LockRules.OpenFile
                ? file
                : (file.Process.Number, file.Inode.Number);
            var model = new Dictionary<(object Owner, int Inode, int Byte), LockMode>();
            for (int step = 0; step < 60; step++)
            {
                (SimulatedFile file, LockRange range, LockMode mode) = world.Draw(random);
                object owner = OwnerOf(file);
                int[] bytes = [.. Enumerable.Range((int)range.Offset, (int)range.Length)];
                bool isFree = !model.Any(held => held.Key.Inode == file.Inode.Number
                    && !held.Key.Owner.Equals(owner)
                    && bytes.Contains(held.Key.Byte)
                    && (mode == LockMode.Exclusive || held.Value == LockMode.Exclusive));
                switch (random.Next(8))
                {
                    case 0:
                        world.Table.Close(file);
                        foreach (var held in model.Keys.Where(key => key.Owner.Equals(owner)).ToList())
                        {
                            model.Remove(held);
                        }

                        break;
                    case 1 or 2:
                        world.Table.Release(file, range);
                        foreach (int at in bytes)
                        {
                            model.Remove((owner, file.Inode.Number, at));
                        }

                        break;
                    case 3:
                        Assert.Equal(isFree, world.Table.Conflict(file, range, mode) is null);
                        break;
                    default:
                        Assert.Equal(isFree, world.Table.TryAcquire(file, range, mode));
                        foreach (int at in isFree ? bytes : [])
                        {
                            model[(owner, file.Inode.Number, at)] = mode;
                        }

                        break;
                }

                EnsureSame(world.Table, model, OwnerOf, $"seed {seed} step {step}");
            }
        }
    }

    [Fact]
    public void Windows_locks_are_a_stack_of_calls()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var world = new World(LockRules.Windows);
            var model = new List<(SimulatedFile File, LockRange Range, LockMode Mode)>();
            for (int step = 0; step < 60; step++)
            {
                (SimulatedFile file, LockRange range, LockMode mode) = world.Draw(random);
                var overlapping = model.Where(held => held.File.Inode == file.Inode
                    && LockTable.Overlap(held.Range, range)).ToList();
                switch (random.Next(8))
                {
                    case 0:
                        world.Table.Close(file);
                        model.RemoveAll(held => held.File == file);
                        break;
                    case 1 or 2:
                        world.Table.Release(file, range);
                        int first = model.FindIndex(held =>
                            held == (file, range, LockMode.Exclusive));
                        first = first >= 0 ? first : model.FindIndex(held =>
                            held == (file, range, LockMode.Shared));
                        if (first >= 0)
                        {
                            model.RemoveAt(first);
                        }

                        break;
                    case 3:
                        bool writes = mode == LockMode.Exclusive;
                        bool isRefused = overlapping.Exists(held =>
                            held.Mode == LockMode.Exclusive ? held.File != file : writes);
                        Assert.Equal(
                            isRefused, world.Table.Obstacle(file, range, writes) is not null);
                        break;
                    default:
                        bool isFree = mode == LockMode.Exclusive
                            ? overlapping.Count == 0
                            : overlapping.TrueForAll(held =>
                                held.Mode == LockMode.Shared || held.File == file);
                        Assert.Equal(isFree, world.Table.TryAcquire(file, range, mode));
                        if (isFree)
                        {
                            model.Add((file, range, mode));
                        }

                        break;
                }

                Assert.Equal(
                    model,
                    world.Table.Held.Select(held => (held.Owner, held.Range, held.Mode)));
            }
        }
    }

    [Fact]
    public void An_upgrade_that_is_refused_keeps_the_shared_lock()
    {
        var world = new World(LockRules.OpenFile);
        SimulatedFile left = world.Files[0];
        SimulatedFile right = world.Files[2];
        Assert.True(world.Table.TryAcquire(left, new LockRange(1), LockMode.Shared));
        Assert.True(world.Table.TryAcquire(right, new LockRange(1), LockMode.Shared));

        Assert.False(world.Table.TryAcquire(left, new LockRange(1), LockMode.Exclusive));
        Assert.Equal(LockMode.Shared, world.Table.ModeOf(left, new LockRange(1)));

        // And nobody gets in between when the way is free.
        world.Table.Release(right, new LockRange(1));
        Assert.True(world.Table.TryAcquire(left, new LockRange(1), LockMode.Exclusive));
        Assert.False(world.Table.TryAcquire(right, new LockRange(1), LockMode.Shared));
    }

    [Fact]
    public void Closing_any_file_of_a_posix_process_drops_its_locks_on_it()
    {
        var world = new World(LockRules.Process);
        Assert.True(world.Table.TryAcquire(
            world.Files[0], new LockRange(1), LockMode.Exclusive));
        world.Table.Close(world.Files[1]);

        Assert.Empty(world.Table.Held);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(long.MaxValue, 2)]
    public void Ranges_that_are_none_are_refused(long offset, long length)
    {
        var world = new World(LockRules.OpenFile);

        Assert.Throws<ArgumentOutOfRangeException>(() => world.Table.TryAcquire(
            world.Files[0], new LockRange(offset, length), LockMode.Shared));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Table.Release(
            world.Files[0], new LockRange(offset, length)));
    }

    [Fact]
    public void The_last_byte_there_is_can_be_locked()
    {
        var world = new World(LockRules.OpenFile);
        var last = new LockRange(long.MaxValue);
        Assert.True(world.Table.TryAcquire(
            world.Files[0], new LockRange(0, long.MaxValue), LockMode.Shared));
        Assert.True(world.Table.TryAcquire(world.Files[0], last, LockMode.Shared));

        Assert.False(world.Table.TryAcquire(world.Files[2], last, LockMode.Exclusive));
        world.Table.Release(world.Files[0], last);
        Assert.True(world.Table.TryAcquire(world.Files[2], last, LockMode.Exclusive));
    }

    private static void EnsureSame(
        LockTable table,
        Dictionary<(object Owner, int Inode, int Byte), LockMode> model,
        Func<SimulatedFile, object> ownerOf,
        string where)
    {
        var bytes = table.Held.SelectMany(held => Enumerable
            .Range((int)held.Range.Offset, (int)held.Range.Length)
            .Select(at => (Key: (ownerOf(held.Owner), held.Owner.Inode.Number, at), held.Mode)))
            .ToList();

        // Each byte once, and neighbours of one mode joined.
        Assert.True(bytes.Select(held => held.Key).Distinct().Count() == bytes.Count, where);
        Assert.True(bytes.Count == model.Count, where);
        Assert.True(bytes.TrueForAll(held => model[held.Key] == held.Mode), where);
        Assert.DoesNotContain(table.Held, left => table.Held.Any(right =>
            ownerOf(left.Owner).Equals(ownerOf(right.Owner))
            && left.Owner.Inode == right.Owner.Inode
            && left.Mode == right.Mode
            && left.Range.Offset + left.Range.Length == right.Range.Offset));
    }

    /// <summary>Two processes with two open files of one file, and one of another.</summary>
    private sealed class World
    {
        public World(LockRules rules)
        {
            var computer = new SimulatedComputer { LockRules = rules };
            Table = computer.Locks;
            foreach (string name in (string[])["left", "right"])
            {
                SimulatedProcess process = computer.StartProcess(name);
                Files.AddRange(((string[])["f", "f", "g"]).Select(path =>
                    (SimulatedFile)process.Open(path, FileOpenMode.OpenOrCreate)));
            }

            // Left f, left f, right f, then the rest.
            (Files[2], Files[3]) = (Files[3], Files[2]);
        }

        public LockTable Table { get; }

        public List<SimulatedFile> Files { get; } = [];

        public (SimulatedFile File, LockRange Range, LockMode Mode) Draw(Random random)
        {
            int offset = random.Next(Bytes);
            return (
                Files[random.Next(Files.Count)],
                new LockRange(offset, random.Next(1, Bytes - offset + 1)),
                random.Next(2) == 0 ? LockMode.Shared : LockMode.Exclusive);
        }
    }
}
