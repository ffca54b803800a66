using System.Text;
using Quire.Fuzz;
using Xunit;

namespace Quire.Tests.Corruption;

/// <summary>
/// Files that are shorter or longer than they were, missing, mixed up, or something else.
/// </summary>
public sealed class TruncationTests
{
    private readonly FileState _clean = new StateFactory().CleanAfterTwo();
    private readonly FileState _cutShort = new StateFactory().KilledAt(ProtocolStep.C5);
    private readonly FileState _other = new StateFactory(flavour: 1).CleanAfterTwo();

    [Fact]
    public void Main_cut_off_at_any_byte_is_an_error_or_the_right_data() =>
        ForBoth(state =>
        {
            for (int length = 0; length < state.Main.Length; length++)
            {
                Judge(state, state.Main[..length], state.Journal);
            }
        });

    [Fact]
    public void The_journal_cut_off_at_any_byte_is_an_error_or_the_right_data() =>
        ForBoth(state =>
        {
            int used = state.Journal.AsSpan().LastIndexOfAnyExcept((byte)0) + 50;
            for (int length = 0; length < used; length++)
            {
                Judge(state, state.Main, state.Journal[..length]);
            }
        });

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(70000)]
    public void Bytes_added_to_either_file_do_not_matter(int count)
    {
        byte[] garbage = new byte[count];
        new Random(count).NextBytes(garbage);
        ForBoth(state =>
        {
            Assert.False(Judge(state, [.. state.Main, .. garbage], state.Journal).IsRefused);
            Assert.False(Judge(state, state.Main, [.. state.Journal, .. garbage]).IsRefused);
        });
    }

    [Fact]
    public void A_missing_journal_is_made_again_when_nothing_was_cut_short()
    {
        Assert.False(Judge(_clean, _clean.Main, null).IsRefused);
        Assert.False(Judge(_clean, _clean.Main, []).IsRefused);
    }

    [Fact]
    public void A_missing_journal_of_a_commit_that_was_cut_short_is_refused()
    {
        Damaged.AssertRefused(_cutShort.Main, null, QuireErrorCode.Corrupt);
        Damaged.AssertRefused(_cutShort.Main, [], QuireErrorCode.Corrupt);
        Damaged.AssertRefused(_cutShort.Main, new byte[70000], QuireErrorCode.Corrupt);
    }

    [Fact]
    public void The_journal_of_another_file_is_refused_by_writers_and_recovery()
    {
        Damaged.AssertWriterRefuses(_clean.Main, _other.Journal, QuireErrorCode.ForeignJournal);
        Damaged.AssertRefused(_cutShort.Main, _other.Journal, QuireErrorCode.ForeignJournal);
        Damaged.AssertWriterRefuses(
            _clean.Main,
            Encoding.UTF8.GetBytes("a journal of my travels"),
            QuireErrorCode.ForeignJournal);
    }

    [Fact]
    public void A_file_with_the_sealed_journal_of_another_is_refused() =>
        Damaged.AssertWriterRefuses(_other.Main, _cutShort.Journal, QuireErrorCode.ForeignJournal);

    [Fact]
    public void A_new_file_is_not_made_over_the_sealed_journal_of_a_lost_one()
    {
        Damaged.AssertRefused([], _cutShort.Journal, QuireErrorCode.ForeignJournal);
        Damaged.AssertRefused([], Encoding.UTF8.GetBytes("text"), QuireErrorCode.ForeignJournal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(196608)]
    public void Blank_files_are_made_new_only_by_modes_that_create(int length)
    {
        byte[] blank = new byte[length];
        Damaged.AssertRefused(blank, null, QuireErrorCode.NotAQuireFile, PageFileMode.OpenExisting);
        Damaged.AssertRefused(blank, null, QuireErrorCode.NotAQuireFile, PageFileMode.ReadOnly);
        PageFileMode[] creating = [PageFileMode.OpenOrCreate, PageFileMode.CreateNew];
        foreach (PageFileMode mode in creating)
        {
            using PageFile file = Damaged.Open(Damaged.DiskWith(blank, null), mode);
            using ReadTransaction read = file.BeginRead();
            Assert.True(read.Verify().IsSound);
        }
    }

    [Fact]
    public void Zeros_that_are_too_many_for_a_creation_are_somebody_elses() =>
        Damaged.AssertRefused(new byte[196609], null, QuireErrorCode.NotAQuireFile);

    [Fact]
    public void Files_of_random_bytes_are_refused_and_left_alone()
    {
        var random = new Random(20260);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = new byte[random.Next(1, 1 << random.Next(1, 16))];
            random.NextBytes(bytes);
            bytes[0] |= 1;
            Damaged.AssertRefused(bytes, null, QuireErrorCode.NotAQuireFile);
        }
    }

    [Fact]
    public void A_text_file_is_refused_and_left_alone()
    {
        QuireException error = Damaged.AssertRefused(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Dear diary,\n", 200))),
            null,
            QuireErrorCode.NotAQuireFile);
        Assert.Contains("4465617220646961", error.Message, StringComparison.Ordinal);
    }

    private void ForBoth(Action<FileState> test)
    {
        test(_clean);
        test(_cutShort);
    }

    private static Verdict Judge(FileState state, byte[] main, byte[]? journal)
    {
        try
        {
            return new Oracle(Damaged.DiskWith(main, journal)).Judge(state.Legal);
        }
        catch (OracleException failure)
        {
            Assert.Fail(
                $"{state}: main of {main.Length} bytes, journal of {journal?.Length}: " +
                failure.Message);
            throw;
        }
    }
}
