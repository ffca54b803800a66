using Quire.Tests.Support;
using Quire.Worker.Hooks;
using Xunit;

namespace Quire.Tests.Processes;

/// <summary>
/// What follows a death. The dead state is given to three groups of survivors, each of which had
/// the file open before: a reader, a writer, and several processes that race each other.
/// </summary>
/// <remarks>
/// One death serves all three: before it, the file is copied; after it, the bytes that the dead
/// left are put into the copies, in place, so that whoever has them open sees what happened.
/// </remarks>
public sealed class KillFixture : IDisposable
{
    private const int RacerCount = 3;

    private readonly List<WorkerProcess> _racers = [];

    public KillFixture()
    {
        for (int i = 0; i < RacerCount; i++)
        {
            _racers.Add(WorkerProcess.Start("page-client"));
        }

        _racers.ForEach(racer => Assert.Equal("ready", racer.ReadLine()));
    }

    public void Dispose() => _racers.ForEach(racer => racer.Dispose());

    /// <summary>Lets a writer die and holds every kind of survivor against what must be.</summary>
    /// <param name="path">A file whose pages all hold one number.</param>
    /// <param name="kill">Leaves the file behind as a dead process does.</param>
    /// <param name="expected">The number that all pages must hold then.</param>
    public void DieAndCheckSurvivors(string path, Action kill, long expected)
    {
        ArgumentNullException.ThrowIfNull(kill);
        string forWriter = path + "-for-writer";
        string forRace = path + "-for-race";
        Copy(path, forWriter);
        Copy(path, forRace);
        using PageFile writer = PageFile.Open(forWriter);
        foreach (WorkerProcess racer in _racers)
        {
            Assert.Equal("opened", racer.Ask($"open {forRace}"));
        }

        kill();

        Copy(path, forWriter);
        Copy(path, forRace);
        CheckReader(path, expected);
        CheckWriter(writer, expected);
        Race(forRace, expected);
    }

    /// <summary>A reader that comes next sees the one or the other, and writing goes on.</summary>
    public static void CheckReader(string path, long expected)
    {
        using PageFile file = PageFile.Open(path);
        Assert.Equal(expected, Read(file));
        WriteAndVerify(file, 70);
    }

    private static void CheckWriter(PageFile file, long expected)
    {
        using (WriteTransaction write = file.BeginWrite())
        {
            Assert.Equal(expected, Stamp.ReadAll(write));
        }

        WriteAndVerify(file, 80);
    }

    private void Race(string path, long expected)
    {
        _racers[0].Send("read");
        _racers[1].Send("write 90 1");
        _racers[2].Send("read");
        string[] answers = [.. _racers.Select(racer => racer.ReadLine())];
        Assert.Equal("committed 90", answers[1]);
        Assert.Contains(answers[0], (string[])[$"{expected}", "90"]);
        Assert.Contains(answers[2], (string[])[$"{expected}", "90"]);
        foreach (WorkerProcess racer in _racers)
        {
            Assert.Equal("sound", racer.Ask("verify"));
            Assert.Equal("closed", racer.Ask("close"));
        }

        CheckReader(path, 90);
    }

    private static void WriteAndVerify(PageFile file, long number)
    {
        using (WriteTransaction write = file.BeginWrite())
        {
            Stamp.Grow(write, 1);
            Stamp.WriteAll(write, number);
            write.Commit();
        }

        Assert.Equal(number, Read(file));
        using ReadTransaction read = file.BeginRead();
        Assert.Empty(read.Verify().Problems);
    }

    private static long Read(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return Stamp.ReadAll(read);
    }

    /// <summary>Copies main and journal into the same two files as before.</summary>
    private static void Copy(string from, string to)
    {
        foreach (string suffix in (string[])["", "-journal"])
        {
            byte[] bytes = File.ReadAllBytes(from + suffix);
            using var target = new FileStream(
                to + suffix, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
            target.Write(bytes);
            target.SetLength(bytes.Length);
        }
    }
}
