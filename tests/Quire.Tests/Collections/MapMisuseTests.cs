using Xunit;

namespace Quire.Tests.Collections;

/// <summary>Mistakes of a caller, and the exception that each gets.</summary>
public sealed class MapMisuseTests
{
    [Theory]
    [InlineData(512, 92)]
    [InlineData(4096, 988)]
    [InlineData(65536, 16348)]
    public void A_key_that_is_too_long_is_refused_with_both_numbers(int pageSize, int longest)
    {
        using var file = new MapFile(pageSize);
        file.Write("m", map =>
        {
            Assert.Equal(longest, map.MaxKeyBytes);
            Assert.True(map.Put(new byte[longest], "v"u8));
            byte[] tooLong = new byte[longest + 1];
            var error = Assert.Throws<ArgumentException>(() => map.Put(tooLong, "v"u8));
            Assert.Contains($"{longest + 1} bytes", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{longest}.", error.Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => map.TryAdd(tooLong, "v"u8));
            Assert.Throws<ArgumentException>(() => map.PutStream(tooLong, Stream.Null));
            Assert.False(map.ContainsKey(tooLong));
            Assert.False(map.Delete(tooLong));
            Assert.False(map.OpenCursor().Seek([.. tooLong, 1]));
        });
        file.Verify();
    }

    [Fact]
    public void A_name_that_is_too_long_or_empty_is_refused()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        write.Map("m");
        Assert.Throws<ArgumentException>(() => write.Map(""));
        Assert.Throws<ArgumentNullException>(() => write.Map(null!));
        var error = Assert.Throws<ArgumentException>(() => write.Map(new string('x', 200)));
        Assert.Contains("200 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cursor_refuses_to_go_on_after_a_change_until_it_is_placed_again()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        MapWriter map = write.Map("m");
        map.Put("a"u8, "1"u8);
        map.Put("b"u8, "2"u8);
        MapCursor cursor = map.OpenCursor();
        Assert.True(cursor.MoveNext());
        write.Map("m").Put("c"u8, "3"u8);
        Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => cursor.MovePrevious());
        Assert.Throws<InvalidOperationException>(() => cursor.Key.Length);
        Assert.Throws<InvalidOperationException>(() => cursor.Value.Length);
        Assert.True(cursor.Seek("b"u8));
        Assert.True(cursor.MoveNext());
        Assert.Equal("c"u8, cursor.Key);

        // What changes nothing disturbs nobody, nor does another map.
        Assert.False(map.Delete("x"u8));
        Assert.False(map.TryAdd("a"u8, "9"u8));
        write.Map("other").Put("a"u8, "1"u8);
        Assert.True(cursor.MovePrevious());
        Assert.Equal("b"u8, cursor.Key);
    }

    [Fact]
    public void A_scan_notices_a_change_of_its_map()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        MapWriter map = write.Map("m");
        map.Put("a"u8, "1"u8);
        map.Put("b"u8, "2"u8);
        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (MapEntry entry in map.Scan())
            {
                map.Delete(entry.Key.ToArray());
            }
        });
    }

    [Fact]
    public void A_stream_of_a_value_notices_a_change_of_its_map()
    {
        using var file = new MapFile();
        using WriteTransaction write = file.File.BeginWrite();
        MapWriter map = write.Map("m");
        map.Put("a"u8, new byte[3000]);
        Assert.True(map.TryGetStream("a"u8, out Stream? value));
        Assert.Equal(0, value.ReadByte());
        map.Put("a"u8, "short"u8);
        Assert.Throws<InvalidOperationException>(() => value.ReadByte());
    }

    [Fact]
    public void A_cursor_at_no_record_has_neither_key_nor_value()
    {
        using var file = new MapFile();
        file.Write("m", map => map.Put("a"u8, "1"u8));
        using ReadTransaction read = file.File.BeginRead();
        MapCursor cursor = read.Map("m").OpenCursor();
        Assert.False(cursor.IsPlaced);
        Assert.Throws<InvalidOperationException>(() => cursor.Key.Length);
        Assert.Throws<InvalidOperationException>(() => cursor.Value.Length);
        Assert.True(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MovePrevious());
        Assert.False(cursor.IsPlaced);
    }

    [Fact]
    public void Nothing_of_a_map_can_be_used_after_its_transaction()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            for (int i = 0; i < 100; i++)
            {
                map.Put(BitConverter.GetBytes(i), new byte[600]);
            }
        });
        ReadTransaction read = file.File.BeginRead();
        MapReader reader = read.Map("m");
        MapCursor cursor = reader.OpenCursor();
        Assert.True(cursor.MoveFirst());
        Assert.True(reader.TryGetStream(new byte[4], out Stream? value));
        read.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.ContainsKey("a"u8));
        Assert.Throws<ObjectDisposedException>(() => reader.Count);
        Assert.Throws<ObjectDisposedException>(() => cursor.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => cursor.Value.Length);
        Assert.Throws<ObjectDisposedException>(() => value.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => read.Map("m"));

        WriteTransaction write = file.File.BeginWrite();
        MapWriter writer = write.Map("m");
        MapLoader loader = write.Map("n").BeginLoad();
        loader.Add("a"u8, "1"u8);
        write.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Put("a"u8, "1"u8));
        loader.Dispose();
        file.Verify();
    }

    [Fact]
    public void A_file_whose_root_is_something_else_is_refused()
    {
        using var file = new MapFile();
        using (WriteTransaction write = file.File.BeginWrite())
        {
            PageNumber page = write.Allocate();
            "hello"u8.CopyTo(write.Write(page));
            write.Root = page;
            var error = Assert.Throws<InvalidOperationException>(() => write.Map("m"));
            Assert.Contains("no catalog", error.Message, StringComparison.Ordinal);
            write.Commit();
        }

        using ReadTransaction read = file.File.BeginRead();
        Assert.Throws<InvalidOperationException>(() => read.Map("m"));
        Assert.Throws<InvalidOperationException>(() => read.ListMaps());
        MapReport report = read.VerifyMaps();
        Assert.False(report.HasCatalog);
        Assert.True(report.IsSound);
    }

    [Fact]
    public void A_buffer_that_is_too_short_is_refused_with_both_numbers()
    {
        using var file = new MapFile();
        file.Write("m", map => map.Put("a"u8, new byte[30]));
        using ReadTransaction read = file.File.BeginRead();
        MapReader map = read.Map("m");
        var error = Assert.Throws<ArgumentException>(() => map.TryGet("a"u8, new byte[29], out _));
        Assert.Contains("30", error.Message, StringComparison.Ordinal);
        Assert.Contains("29", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_limit_and_a_wrong_fill_factor_are_refused()
    {
        using var file = new MapFile();
        file.Write("m", map =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(
                () => map.Scan(new MapRange { Limit = -1 }).Count());
            Assert.Throws<ArgumentOutOfRangeException>(() => map.BeginLoad(0.4));
            Assert.Throws<ArgumentOutOfRangeException>(() => map.BeginLoad(1.1));
            Assert.Throws<ArgumentOutOfRangeException>(() => map.BeginLoad(double.NaN));
        });
    }
}
