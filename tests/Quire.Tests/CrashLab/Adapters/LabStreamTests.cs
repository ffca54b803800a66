using System.Diagnostics.CodeAnalysis;
using Quire.CrashLab;
using Xunit;

namespace Quire.Tests.CrashLab.Adapters;

public sealed class LabStreamTests : IDisposable
{
    private readonly string _directory =
        Directory.CreateTempSubdirectory("quire-lab-stream-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static SimulatedProcess NewProcess() => new SimulatedComputer().StartProcess("test");

    [Theory]
    [InlineData(4096)]
    [InlineData(16)]
    [InlineData(0)]
    public void It_does_what_a_file_stream_does(int bufferBytes)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            string path = Path.Combine(_directory, $"{bufferBytes}-{seed}");
            SimulatedProcess process = NewProcess();
            using (var real = new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferBytes))
            using (LabStream simulated = process.Files.Open(
                "f", FileMode.OpenOrCreate, FileAccess.ReadWrite, bufferBytes))
            {
                for (int step = 0; step < 60; step++)
                {
                    string expected = Perform(real, new Random((seed * 1000) + step));
                    string actual = Perform(simulated, new Random((seed * 1000) + step));
                    Assert.True(
                        expected == actual, $"seed {seed} step {step}: {actual}, not {expected}");
                }
            }

            Assert.Equal(File.ReadAllBytes(path), process.Files.ReadAllBytes("f"));
        }
    }

    private static string Perform(Stream stream, Random random)
    {
        byte[] bytes = new byte[random.Next(0, random.Next(4) == 0 ? 9000 : 60)];
        string did = "flush";
        switch (random.Next(6))
        {
            case 0 or 1:
                random.NextBytes(bytes);
                stream.Write(bytes);
                did = $"write {bytes.Length}";
                break;
            case 2:
                int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                did = $"read {count} {Convert.ToHexString(bytes.AsSpan(0, count))}";
                break;
            case 3:
                did = $"seek {stream.Seek(random.Next(0, 6000), SeekOrigin.Begin)}";
                break;
            case 4 when random.Next(3) == 0:
                stream.SetLength(random.Next(0, 6000));
                did = "set length";
                break;
            default:
                stream.Flush();
                break;
        }

        return $"{did}: position {stream.Position}, length {stream.Length}";
    }

    [Fact]
    public void Written_bytes_stay_in_the_process_until_the_buffer_is_flushed()
    {
        SimulatedProcess process = NewProcess();
        using LabStream stream = process.Files.CreateLab("f");
        stream.Write(new byte[100]);
        Assert.Equal(100, stream.Length);
        Assert.Empty(process.Files.ReadAllBytes("f"));
        stream.Flush();
        Assert.Equal(100, process.Files.ReadAllBytes("f").Length);
        stream.Write(new byte[4000]);
        stream.Write(new byte[97]);
        Assert.Equal(100 + 4096, process.Files.ReadAllBytes("f").Length);
    }

    [Fact]
    public void Only_a_flush_to_disk_is_durable()
    {
        var computer = new SimulatedComputer();
        SimulatedProcess process = computer.StartProcess("test");
        using LabStream stream = process.Files.CreateLab("f");
        stream.Write("abc"u8);
        stream.Flush();
        Assert.Equal(0, computer.Disk.Inodes[0].Durable.Length);
        stream.Flush(flushToDisk: true);
        Assert.Equal(3, computer.Disk.Inodes[0].Durable.Length);
        Assert.Empty(computer.Disk.DurableEntries);
        process.Files.SyncDirectoryOf("f");
        Assert.Single(computer.Disk.DurableEntries);
    }

    [Fact]
    public void Without_a_buffer_every_write_reaches_the_system_at_once()
    {
        var computer = new SimulatedComputer();
        SimulatedProcess process = computer.StartProcess("test");
        using LabStream stream = process.Files.Open(
            "f", FileMode.Create, FileAccess.Write, bufferBytes: 0);
        stream.WriteByte(1);
        stream.WriteByte(2);
        Assert.Equal(2, computer.Mutations.Count(m => m.Kind == MutationKind.Write));
    }

    [Fact]
    public void What_a_killed_process_held_in_a_buffer_never_was()
    {
        var computer = new SimulatedComputer();
        SimulatedProcess process = computer.StartProcess("victim");
        LabStream stream = process.Files.CreateLab("f");
        stream.Write(new byte[100]);
        computer.Kill(process);
        Assert.Throws<ProcessKilledException>(stream.Dispose);
        Assert.Equal(0, computer.Disk.Find("/f")!.Cached.Length);
    }

    [Fact]
    [SuppressMessage("Performance", "CA1835", Justification = "The older overloads are tested too.")]
    public void Everything_asynchronous_completes_at_once()
    {
        SimulatedProcess process = NewProcess();
        Task all = Use(process.Files);
        Assert.True(all.IsCompletedSuccessfully);
        Assert.Equal("abcdef", process.Files.ReadAllText("f"));

        static async Task Use(LabFileSystem files)
        {
            await using (LabStream stream = files.CreateLab("f"))
            {
                await stream.WriteAsync("abc"u8.ToArray());
                await stream.WriteAsync("def"u8.ToArray(), 0, 3, CancellationToken.None);
                await stream.FlushAsync();
                stream.Position = 0;
                byte[] bytes = new byte[6];
                Assert.Equal(6, await stream.ReadAsync(bytes));
                stream.Position = 3;
                Assert.Equal(3, await stream.ReadAsync(bytes, 0, 6, CancellationToken.None));
                stream.Position = 0;
                using var copy = new MemoryStream();
                await stream.CopyToAsync(copy);
                Assert.Equal(6, copy.Length);
            }
        }
    }
}

internal static class LabFileSystemShortcuts
{
    /// <summary>As Create, with the type that the laboratory gives.</summary>
    public static LabStream CreateLab(this LabFileSystem files, string path) =>
        files.Open(path, FileMode.Create);
}
