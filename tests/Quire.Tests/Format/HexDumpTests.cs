using System.Globalization;
using System.Text;
using Xunit;

namespace Quire.Tests.Format;

/// <summary>
/// The worked example of docs/format.md is what the engine writes, byte for byte.
/// </summary>
public sealed class HexDumpTests
{
    [Fact]
    public void The_main_file_of_the_example_is_what_the_engine_writes() =>
        Compare(ExampleFile.Make().Main, 0);

    [Fact]
    public void The_journal_of_the_example_is_what_the_engine_writes() =>
        Compare(ExampleFile.Make().Journal, 1);

    private static void Compare(byte[] actual, int index)
    {
        IReadOnlyDictionary<int, byte[]> shown = new FormatDocument().Dump(index);
        byte[] expected = new byte[actual.Length];
        foreach ((int offset, byte[] bytes) in shown)
        {
            bytes.CopyTo(expected, offset);
        }

        Assert.True(
            actual.AsSpan().SequenceEqual(expected),
            $"docs/format.md shows other bytes than the engine writes:\n{Dump(actual)}");
    }

    private static string Dump(byte[] bytes)
    {
        var text = new StringBuilder();
        for (int at = 0; at < bytes.Length; at += 16)
        {
            ReadOnlySpan<byte> line = bytes.AsSpan(at, Math.Min(16, bytes.Length - at));
            if (line.ContainsAnyExcept((byte)0))
            {
                string hex = string.Join(' ', line.ToArray().Select(b => $"{b:x2}"));
                text.AppendLine(CultureInfo.InvariantCulture, $"{at:x6}  {hex}");
            }
        }

        return text.ToString();
    }
}
