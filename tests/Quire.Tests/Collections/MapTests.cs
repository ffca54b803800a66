using System.Buffers;
using System.Text;
using Xunit;

namespace Quire.Tests.Collections;

/// <summary>What a map does, one thing at a time.</summary>
public sealed class MapTests
{
    [Fact]
    public void A_map_that_was_never_made_reads_as_an_empty_one()
    {
        using var file = new MapFile();
        using ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("none");
        Assert.False(map.Exists);
        Assert.False(read.HasMap("none"));
        Assert.Equal(0, map.Count);
        Assert.False(map.TryGet("a"u8, out ReadOnlySpan<byte> _));
        Assert.False(map.TryGetFirst(out _));
        Assert.False(map.OpenCursor().MoveNext());
        Assert.False(map.OpenCursor().Seek("a"u8));
        Assert.False(map.OpenCursor().SeekAtMost("a"u8));
        Assert.Equal(0, map.Scan().Count());
        Assert.Empty(read.ListMaps());
    }

    [Fact]
    public void What_was_put_in_is_found_after_the_commit_and_in_every_way()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            Assert.True(map.Put("a"u8, "1"u8));
            Assert.True(map.Put("b"u8, "22"u8));
            Assert.False(map.Put("b"u8, "333"u8));
            Assert.False(map.TryAdd("b"u8, "4"u8));
            Assert.True(map.TryAdd(""u8, ""u8));
            Assert.Equal(3, map.Count);
        });

        using ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("m");
        Assert.Equal(3, map.Count);
        Assert.True(map.TryGet("b"u8, out ReadOnlySpan<byte> value));
        Assert.Equal("333"u8, value);
        Span<byte> buffer = new byte[3];
        Assert.True(map.TryGet("b"u8, buffer, out int length));
        Assert.Equal(3, length);
        Assert.Equal("333"u8, buffer);
        var writer = new ArrayBufferWriter<byte>();
        Assert.True(map.TryGet("b"u8, writer));
        Assert.Equal("333"u8, writer.WrittenSpan);
        Assert.True(map.TryGetLength("b"u8, out long lengthBytes));
        Assert.Equal(3, lengthBytes);
        Assert.True(map.TryGet(""u8, out value));
        Assert.Equal(0, value.Length);
        Assert.False(map.ContainsKey("c"u8));
        Assert.True(map.TryGetFirst(out MapEntry first));
        Assert.Equal(0, first.Key.Length);
        Assert.True(map.TryGetLast(out MapEntry last));
        Assert.Equal("b"u8, last.Key);
        MapInfo info = Assert.Single(read.ListMaps());
        Assert.Equal("m", info.Name);
        Assert.Equal(3, info.Count);
        file.Verify();
    }

    [Fact]
    public void A_value_in_a_read_transaction_is_not_copied()
    {
        using var file = new MapFile();
        file.Write("m", map => map.Put("a"u8, "12345"u8));
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(read.Map("m").TryGet("a"u8, out ReadOnlySpan<byte> value));
        Assert.True(read.Read(read.ListMaps()[0].Root).Overlaps(value));
    }

    [Theory]
    [InlineData(512, 0)]
    [InlineData(512, 1)]
    [InlineData(512, 95)]
    [InlineData(512, 96)]
    [InlineData(512, 468)]
    [InlineData(512, 469)]
    [InlineData(512, 936)]
    [InlineData(4096, 1000)]
    [InlineData(4096, 1001)]
    [InlineData(4096, 4052)]
    [InlineData(4096, 100_000)]
    [InlineData(65536, 1_000_000)]
    public void A_value_of_any_size_comes_back(int pageSize, int length)
    {
        using var file = new MapFile(pageSize);
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);
        file.Write("m", map =>
        {
            map.Put("a"u8, value);
            map.PutStream("b"u8, new MemoryStream(value));
        });
        file.Verify();
        using (ReadTransaction read = file.File.BeginRead())
        {
            foreach (byte[] key in (byte[][])["a"u8.ToArray(), "b"u8.ToArray()])
            {
                MapReader map = read.Map("m");
                Assert.True(map.TryGet(key, out ReadOnlySpan<byte> found));
                Assert.Equal(value, found);
                byte[] copy = new byte[length + 1];
                Assert.True(map.TryGet(key, copy, out int copied));
                Assert.Equal(value, copy[..copied]);
                var writer = new ArrayBufferWriter<byte>();
                Assert.True(map.TryGet(key, writer));
                Assert.Equal(value, writer.WrittenSpan);
                Assert.True(map.TryGetStream(key, out Stream? stream));
                Assert.Equal(length, stream.Length);
                stream.Position = length / 2;
                byte[] rest = new byte[length - (length / 2)];
                stream.ReadExactly(rest);
                Assert.Equal(value[(length / 2)..], rest);
                Assert.Equal(-1, stream.ReadByte());
                stream.Seek(-length, SeekOrigin.End);
                byte[] all = new byte[length];
                stream.ReadExactly(all);
                Assert.Equal(value, all);
            }
        }

        file.Write("m", map =>
        {
            Assert.True(map.Delete("a"u8));
            map.Put("b"u8, "short"u8);
        });
        Assert.Equal(2u, file.Verify().PagesReached);
    }

    [Fact]
    public void A_value_of_ten_megabytes_is_written_and_read_as_a_stream()
    {
        using var file = new MapFile(4096, stagingBytes: 1 << 20);
        const int length = 10 << 20;
        file.Write("m", map => map.PutStream("a"u8, new CountingStream(length)));
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(read.Map("m").TryGetStream("a"u8, out Stream? value));
        Assert.Equal(length, value.Length);
        using var expected = new CountingStream(length);
        byte[] one = new byte[7000];
        byte[] other = new byte[7000];
        int read1;
        while ((read1 = value.Read(one)) > 0)
        {
            expected.ReadExactly(other, 0, read1);
            Assert.Equal(other.AsSpan(0, read1), one.AsSpan(0, read1));
        }

        Assert.Equal(length, expected.Position);
    }

    [Fact]
    public void A_source_that_fails_leaves_the_map_as_it_was_and_no_page_behind()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            map.Put("a"u8, "1"u8);
            Assert.Throws<IOException>(
                () => map.PutStream("a"u8, new CountingStream(5000) { FailsAt = 3000 }));
            Assert.True(map.TryGet("a"u8, out ReadOnlySpan<byte> value));
            Assert.Equal("1"u8, value);
        });
        Assert.Equal(2u, file.Verify().PagesReached);
    }

    [Fact]
    public void A_value_can_be_copied_to_another_key_without_a_buffer()
    {
        using var file = new MapFile();
        byte[] large = Encoding.UTF8.GetBytes(new string('x', 5000));
        file.Write("m", map =>
        {
            map.Put("small"u8, "s"u8);
            map.Put("large"u8, large);
            for (int i = 0; i < 200; i++)
            {
                byte[] key = Encoding.UTF8.GetBytes($"copy{i}");
                Assert.True(map.TryGet("small"u8, out ReadOnlySpan<byte> small));
                map.Put(key, small);
            }

            Assert.True(map.TryGetStream("large"u8, out Stream? stream));
            map.PutStream("large copy"u8, stream);
            Assert.True(map.TryGetStream("large"u8, out stream));
            map.PutStream("large"u8, stream);
        });
        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.True(read.Map("m").TryGet("copy199"u8, out ReadOnlySpan<byte> value));
        Assert.Equal("s"u8, value);
        Assert.True(read.Map("m").TryGet("large copy"u8, out value));
        Assert.Equal(large, value);
        Assert.True(read.Map("m").TryGet("large"u8, out value));
        Assert.Equal(large, value);
    }

    [Fact]
    public void Clearing_and_dropping_give_all_pages_back()
    {
        using var file = new MapFile();
        void Fill(MapWriter map)
        {
            for (int i = 0; i < 2000; i++)
            {
                map.Put(BitConverter.GetBytes(i), new byte[i % 50 == 0 ? 2000 : 10]);
            }
        }

        file.Write("a", Fill);
        file.Write("b", Fill);
        file.Verify();
        file.Write("a", map =>
        {
            map.Clear();
            Assert.Equal(0, map.Count);
            map.Put("x"u8, "y"u8);
        });
        file.Verify();
        file.Write("b", map => map.Drop());
        Assert.Equal(2u, file.Verify().PagesReached);
        using ReadTransaction read = file.File.BeginRead();
        Assert.False(read.HasMap("b"));
        Assert.Equal(1, read.Map("a").Count);
    }

    [Fact]
    public void A_dropped_map_can_be_made_again_in_the_same_transaction()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        MapWriter map = write.Map("m");
        map.Put("a"u8, "1"u8);
        map.Drop();
        MapWriter again = write.Map("m");
        Assert.Equal(0, again.Count);
        again.Put("b"u8, "2"u8);
        Assert.Throws<InvalidOperationException>(() => map.Put("a"u8, "1"u8));
        write.Commit();
        file.Verify();
    }

    [Fact]
    public void Rolling_back_leaves_no_trace_not_even_the_map()
    {
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            write.Map("m").Put("a"u8, "1"u8);
            Assert.True(write.HasMap("m"));
        }

        using ReadTransaction read = file.File.BeginRead();
        Assert.False(read.HasMap("m"));
        Assert.True(read.Root.IsNone);
    }

    [Fact]
    public void Hundreds_of_maps_have_names_of_their_own()
    {
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            for (int i = 0; i < 300; i++)
            {
                write.Map($"map number {i:d4} ä").Put("k"u8, BitConverter.GetBytes(i));
            }

            Assert.Equal(300, write.ListMaps().Count);
            write.Commit();
        }

        file.Verify();
        using ReadTransaction read = file.File.BeginRead();
        Assert.Equal(
            Enumerable.Range(0, 300).Select(i => $"map number {i:d4} ä"),
            read.ListMaps().Select(map => map.Name));
        Assert.True(read.Map("map number 0123 ä").TryGet("k"u8, out ReadOnlySpan<byte> value));
        Assert.Equal(BitConverter.GetBytes(123), value);
    }

    /// <summary>A stream of bytes that say where they are; may fail on the way.</summary>
    private sealed class CountingStream(long length) : Stream
    {
        public long FailsAt { get; init; } = long.MaxValue;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Position >= FailsAt)
            {
                throw new IOException("the source fails");
            }

            int read = (int)Math.Min(Math.Min(count, 1000), length - Position);
            for (int i = 0; i < read; i++, Position++)
            {
                buffer[offset + i] = (byte)((Position * 31) ^ (Position >> 8));
            }

            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();
    }
}
