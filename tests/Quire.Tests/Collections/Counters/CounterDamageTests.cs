using Quire.Collections;
using Xunit;

namespace Quire.Tests.Collections.Counters;

/// <summary>
/// Records of a counters' map that no counter wrote: an import brings them, or a program that put
/// them there by hand. They are an error with numbers, never a number.
/// </summary>
public sealed class CounterDamageTests : IDisposable
{
    private readonly MapFile _file = new();
    private readonly CounterSet _counters;

    public CounterDamageTests() => _counters = new CounterSet(_file.File);

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(900)]
    public void A_value_of_another_length_is_no_counter(int length)
    {
        _file.Write("counters", map => map.Put("n"u8, new byte[length]));

        Action[] calls =
        [
            () => _counters.Get("n"),
            () => _counters.Increment("n"),
            () => _counters.Reserve("n", 2),
            () => _counters.TryAdd("n", 1),
            () => _counters.Delete("n"),
            () => _counters.List(),
        ];
        Assert.All(calls, call =>
        {
            var error = Assert.Throws<CorruptFileException>(call);
            Assert.Contains(
                $"\"n\" has a value of {length} bytes, expected 8",
                error.Message,
                StringComparison.Ordinal);
        });
        _counters.Set("n", 3);
        _file.Verify();
        Assert.Equal(4, _counters.Increment("n"));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF }, "no text")]
    [InlineData(new byte[0], "a name of 0 bytes")]
    public void A_name_that_is_none_is_no_counter(byte[] name, string problem)
    {
        _file.Write("counters", map => map.Put(name, new byte[8]));

        var error = Assert.Throws<CorruptFileException>(() => _counters.List());

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verification_of_the_file_finds_all_that_are_no_counters()
    {
        _counters.Set("a", 1);
        _file.Verify();

        _file.Write("counters", map => map.Put("n"u8, new byte[7]));
        _file.Write("counters", map => map.Put([0xFF], new byte[8]));

        _file.VerifyFinds("\"n\" has a value of 7 bytes, expected 8");
        _file.VerifyFinds("the name of a counter is no text");
    }

    [Fact]
    public void A_map_with_values_of_counters_and_other_keys_is_found()
    {
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            MapTransactions.Open(
                write, "counters", MapTypes.Guid, MapTypes.Counters, out _);
            write.Commit();
        }

        _file.VerifyFinds("made with types 7 and 200, expected 1 and 200");
    }

    [Fact]
    public void Counters_in_a_map_without_types_go_on()
    {
        _file.Write("counters", map => map.Put("n"u8, [5, 0, 0, 0, 0, 0, 0, 0]));

        Assert.Equal(6, _counters.Increment("n"));
    }

    [Fact]
    public void A_map_of_another_kind_is_refused()
    {
        var prices = new OrderedMap<string, long>("prices", MapKeys.String, MapValues.Int64);
        using (WriteTransaction write = _file.File.BeginWrite())
        {
            prices.In(write).Put("n", 5);
            _counters.In(write).Increment("n");
            write.Commit();
        }

        var error = Assert.Throws<InvalidOperationException>(
            () => new CounterSet(_file.File, "prices").Increment("n"));
        Assert.Contains(
            "types 1 and 4, expected 1 and 200", error.Message, StringComparison.Ordinal);
        using ReadTransaction read = _file.File.BeginRead();
        Assert.Throws<InvalidOperationException>(
            () => new CounterSet(_file.File, "prices").In(read).Get("n"));
        Assert.Throws<InvalidOperationException>(
            () => new OrderedMap<string, long>("counters", MapKeys.String, MapValues.Int64)
                .In(read));
    }
}
