using System.Buffers.Binary;
using Quire.CrashLab;
using Quire.Storage;

namespace Quire.Tests.CrashLab.Reports;

/// <summary>Small failing programs, to be told step by step.</summary>
public static class ReportScenarios
{
    public static string? LockName(string path, LockRange range) =>
        range.Offset == 1000 ? "door" : null;

    /// <summary>Two processes count without a lock, or with one.</summary>
    public static ConcurrentScenario Counters(bool isLocked) => new()
    {
        Setup = process =>
        {
            using IStorageFile file = process.Open("n", FileOpenMode.OpenOrCreate);
            file.Write(0, new byte[4]);
        },
        Processes =
        [
            new NamedProgram("ann", process => Count(process, isLocked)),
            new NamedProgram("bob", process => Count(process, isLocked)),
        ],
        Check = (process, promises) =>
        {
            int count = Read(process);
            if (count < promises.Acknowledged.Count)
            {
                throw new CheckFailedException(
                    $"{promises.Acknowledged.Count} were counted, the file says {count}");
            }
        },
    };

    /// <summary>A program that acknowledges a change which it has not synced.</summary>
    public static CrashScenario Unsynced() => new()
    {
        Setup = process =>
        {
            using IStorageFile file = process.Open("data", FileOpenMode.OpenOrCreate);
            file.Write(0, new byte[2048]);
        },
        Workload = process =>
        {
            using IStorageFile file = process.Open("data", FileOpenMode.ReadWrite);
            process.Step("W1");
            process.Begin("seven");
            for (int i = 0; i < 4; i++)
            {
                file.Write(i * 512, [7]);
            }

            process.Step("W2");
            process.Acknowledge("seven");
        },
        Check = (process, promises) =>
        {
            using IStorageFile file = process.Open("data", FileOpenMode.ReadWrite);
            byte[] bytes = new byte[2048];
            file.Read(0, bytes);
            if (promises["seven"] == PromiseState.Acknowledged && bytes[1024] != 7)
            {
                throw new CheckFailedException("the third seven is missing");
            }
        },
    };

    public static int Read(SimulatedProcess process)
    {
        using IStorageFile file = process.Open("n", FileOpenMode.ReadOnly);
        byte[] bytes = new byte[4];
        file.Read(0, bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private static void Count(SimulatedProcess process, bool isLocked)
    {
        using IStorageFile file = process.Open("n", FileOpenMode.ReadWrite);
        IByteRangeLocks locks = process.Host.Locks.LocksOf(file);
        var door = new LockRange(1000);
        while (isLocked && !locks.TryAcquire(door, LockMode.Exclusive))
        {
            locks.WaitForChange(door, LockMode.Exclusive, TimeSpan.FromSeconds(1));
        }

        process.Begin(process.Name);
        byte[] bytes = new byte[4];
        file.Read(0, bytes);
        BinaryPrimitives.WriteInt32LittleEndian(
            bytes, BinaryPrimitives.ReadInt32LittleEndian(bytes) + 1);
        file.Write(0, bytes);
        process.Acknowledge(process.Name);
        if (isLocked)
        {
            locks.Release(door);
        }
    }
}
