using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>naive-disk FILE LOG</c>: a disk that keeps no promise it was not asked for, and remembers all
/// it was told. It mounts itself over FILE (FUSE, one file and nothing else); a loop device on FILE
/// is a disk whose every write and every flush is appended to LOG, in the order of their
/// completion.
/// </summary>
/// <remarks>
/// <code>
///   load PATH     forget everything; the disk holds the bytes of PATH   ->  loaded
///   mark          how many requests have been completed                 ->  COUNT
/// </code>
/// A process of its own on purpose: who waits for this disk cannot be killed while the disk does
/// not answer, and a process that waited for a disk served by itself would never end. When this one
/// ends, however it ends, the system fails every request on the disk and everybody goes on.
/// </remarks>
internal sealed unsafe partial class NaiveDiskRole : IDisposable
{
    private const int HeaderBytes = 40;
    private const int MaxWriteBytes = 128 * 1024;
    private const int NotSupported = -38;

    private readonly SafeFileHandle _device;
    private readonly FileStream _log;
    private readonly Lock _mutex = new();
    private byte[] _disk = [];
    private int _completed;

    private NaiveDiskRole(SafeFileHandle device, string log)
    {
        _device = device;
        _log = new FileStream(log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
    }

    private enum Request
    {
        Forget = 2,
        GetAttributes = 3,
        SetAttributes = 4,
        Open = 14,
        Read = 15,
        Write = 16,
        Release = 18,
        Sync = 20,
        Flush = 25,
        Initialize = 26,
        Interrupt = 36,
        Destroy = 38,
        ForgetMany = 42,
    }

    public static int Run(string[] args)
    {
        SafeFileHandle device = File.OpenHandle(
            "/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        string options = $"fd={device.DangerousGetHandle()},rootmode=100600,user_id=0,group_id=0";
        if (Mount("quire-naive-disk", args[0], "fuse", 0, options) != 0)
        {
            Console.WriteLine($"error mount: {Marshal.GetLastPInvokeErrorMessage()}");
            return 1;
        }

        using var disk = new NaiveDiskRole(device, args[1]);
        new Thread(disk.Serve) { IsBackground = true, Name = "disk" }.Start();
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(disk.Answer(line));
        }

        return 0;
    }

    public void Dispose()
    {
        _log.Dispose();
        _device.Dispose();
    }

    private string Answer(string line)
    {
        lock (_mutex)
        {
            if (line.StartsWith("load ", StringComparison.Ordinal))
            {
                _disk = File.ReadAllBytes(line[5..]);
                _log.SetLength(0);
                _completed = 0;
                return "loaded";
            }

            _log.Flush();
            return _completed.ToString(CultureInfo.InvariantCulture);
        }
    }

    private void Serve()
    {
        byte[] request = new byte[MaxWriteBytes + 4096];
        byte[] reply = new byte[MaxWriteBytes + 4096];
        while (true)
        {
            nint length;
            fixed (byte* bytes = request)
            {
                length = ReadDevice(_device, bytes, request.Length);
            }

            if (length < HeaderBytes)
            {
                // The mount is gone, or this process is going.
                return;
            }

            int replied = Perform(request.AsSpan(0, (int)length), reply);
            if (replied > 0)
            {
                fixed (byte* bytes = reply)
                {
                    _ = WriteDevice(_device, bytes, replied);
                }
            }
        }
    }

    /// <returns>The length of the reply; 0 for a request that wants none.</returns>
    private int Perform(ReadOnlySpan<byte> request, Span<byte> reply)
    {
        var kind = (Request)BinaryPrimitives.ReadInt32LittleEndian(request[4..]);
        if (kind is Request.Forget or Request.ForgetMany or Request.Interrupt)
        {
            return 0;
        }

        Span<byte> body = reply[16..];
        int length;
        lock (_mutex)
        {
            length = Body(kind, request[HeaderBytes..], body);
        }

        BinaryPrimitives.WriteInt32LittleEndian(reply, 16 + Math.Max(length, 0));
        BinaryPrimitives.WriteInt32LittleEndian(reply[4..], Math.Min(length, 0));
        request.Slice(8, 8).CopyTo(reply[8..]);
        return 16 + Math.Max(length, 0);
    }

    private int Body(Request kind, ReadOnlySpan<byte> request, Span<byte> body)
    {
        switch (kind)
        {
            case Request.Initialize:
                return Initialize(body);
            case Request.GetAttributes:
            case Request.SetAttributes:
                return Attributes(body);
            case Request.Open:
                body[..16].Clear();
                return 16;
            case Request.Read:
                (int start, int size) = RangeOf(request);
                int count = Math.Clamp(_disk.Length - start, 0, size);
                _disk.AsSpan(start, count).CopyTo(body);
                return count;
            case Request.Write:
                (int offset, int length) = RangeOf(request);
                request.Slice(40, length).CopyTo(_disk.AsSpan(offset));
                Record('W', offset, request.Slice(40, length));
                body[..8].Clear();
                BinaryPrimitives.WriteInt32LittleEndian(body, length);
                return 8;
            case Request.Sync:
                Record('F', 0, []);
                return 0;
            case Request.Release:
            case Request.Flush:
            case Request.Destroy:
                return 0;
            default:
                return NotSupported;
        }
    }

    private static (int Offset, int Length) RangeOf(ReadOnlySpan<byte> request) => (
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(request[8..])),
        BinaryPrimitives.ReadInt32LittleEndian(request[16..]));

    /// <summary>Protocol 7.31, writes of up to 32 pages, nothing cached here.</summary>
    private static int Initialize(Span<byte> body)
    {
        const int bigWrites = 1 << 5;
        body[..64].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(body, 7);
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], 31);
        BinaryPrimitives.WriteInt32LittleEndian(body[8..], MaxWriteBytes);
        BinaryPrimitives.WriteInt32LittleEndian(body[12..], bigWrites);
        BinaryPrimitives.WriteInt16LittleEndian(body[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(body[18..], 12);
        BinaryPrimitives.WriteInt32LittleEndian(body[20..], MaxWriteBytes);
        BinaryPrimitives.WriteInt32LittleEndian(body[24..], 1);
        return 64;
    }

    private int Attributes(Span<byte> body)
    {
        Span<byte> attributes = body[16..];
        body[..104].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(attributes, 1);
        BinaryPrimitives.WriteInt64LittleEndian(attributes[8..], _disk.Length);
        BinaryPrimitives.WriteInt64LittleEndian(attributes[16..], _disk.Length / 512);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[60..], 0x8180);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[64..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(attributes[80..], 4096);
        return 104;
    }

    private void Record(char kind, long offset, ReadOnlySpan<byte> bytes)
    {
        Span<byte> header = stackalloc byte[13];
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(header[1..], offset);
        BinaryPrimitives.WriteInt32LittleEndian(header[9..], bytes.Length);
        _log.Write(header);
        _log.Write(bytes);
        _completed++;
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(
        string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDevice(SafeFileHandle device, byte* bytes, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDevice(SafeFileHandle device, byte* bytes, nint length);
}
