using FsCheck;
using FsCheck.Fluent;
using Quire.Collections;
using Quire.Tests.Format;
using Xunit;
using static Quire.Tests.Collections.KeyValue.StoreFile;

namespace Quire.Tests.Collections.KeyValue;

/// <summary>Messages as bytes: as docs/format.md draws them, and damaged.</summary>
public sealed class QueueRecordTests
{
    private static readonly QueueRecord Message = new()
    {
        State = QueueState.Leased,
        Failures = 1,
        Lease = 0x2122232425262728,
        Backoff = [0x00010203, 0x00040506],
        KeysIfUndelivered = [["a"], ["b", true]],
        Value = StoreValue.FromBytes([0xAA, 0xBB]),
    };

    [Fact]
    public void The_record_is_as_documented()
    {
        byte[] bytes = Message.Write();
        int at = 0;
        var expected = new Dictionary<string, string>
        {
            ["version"] = "01",
            ["state"] = "02",
            ["failures"] = "01",
            ["kind"] = "02",
            ["lease"] = "2122232425262728",
            ["intervals"] = "02",
            ["keys"] = "02",
        };
        foreach (Field field in new FormatDocument().Fields("Queue record"))
        {
            Assert.Equal(at, field.Offset);
            Assert.Equal(
                (field.Name, expected[field.Name]),
                (field.Name, Convert.ToHexStringLower(bytes, field.Offset, field.Size)));
            at += field.Size;
        }

        Assert.Equal(QueueRecord.HeaderBytes, at);
        Assert.Equal(
            "00010203" + "00040506" + "0003" + "026100" + "0004" + "02620027" + "aabb",
            Convert.ToHexStringLower(bytes.AsSpan(at)));
        Assert.Equal((1, 2), ((int)QueueState.Waiting, (int)QueueState.Leased));
    }

    [Fact]
    public void A_record_comes_back_as_it_was()
    {
        Assert.Null(QueueRecord.TryRead(Message.Write(), out QueueRecord read));
        Assert.Equal(
            (Message.State, Message.Failures, Message.Lease, Message.Value),
            (read.State, read.Failures, read.Lease, read.Value));
        Assert.Equal(Message.Backoff, read.Backoff);
        Assert.Equal(Message.KeysIfUndelivered, read.KeysIfUndelivered);
    }

    [Theory]
    [InlineData(QueueRecord.VersionOffset, 2, "version 2")]
    [InlineData(QueueRecord.StateOffset, 0, "state 0")]
    [InlineData(QueueRecord.StateOffset, 3, "state 3")]
    [InlineData(QueueRecord.FailuresOffset, 3, "failed 3 times with 2")]
    [InlineData(QueueRecord.KindOffset, 9, "no 9")]
    [InlineData(QueueRecord.KindOffset, 3, "2 bytes that is no UInt64")]
    [InlineData(QueueRecord.BackoffCountOffset, 6, "6 intervals")]
    [InlineData(QueueRecord.BackoffCountOffset, 5, "after failure")]
    [InlineData(QueueRecord.KeyCountOffset, 11, "11 keys")]
    [InlineData(QueueRecord.KeyCountOffset, 3, "ends in key 3 of 3")]
    [InlineData(QueueRecord.HeaderBytes, 0x7F, "ms after failure 1")]
    [InlineData(QueueRecord.HeaderBytes, 0xFF, "ms after failure 1")]
    [InlineData(QueueRecord.HeaderBytes + 8, 0xFF, "ends in key 1 of 2")]
    [InlineData(QueueRecord.HeaderBytes + 10, 0x77, "no key of a store as key 1")]
    public void A_record_that_is_none_is_told(int offset, byte value, string expected)
    {
        byte[] bytes = Message.Write();
        bytes[offset] = value;
        Assert.Contains(expected, QueueRecord.TryRead(bytes, out _));
    }

    /// <summary>Cut short, or with any byte changed, it is another record or none.</summary>
    [Fact]
    public void No_bytes_are_an_exception() => Prop.ForAll(
        ArbMap.Default.ArbFor<(int Length, int At, byte Value)>(),
        change =>
        {
            byte[] bytes = Message.Write();
            bytes[(int)((uint)change.At % bytes.Length)] = change.Value;
            Array.Resize(ref bytes, (int)((uint)change.Length % (bytes.Length + 1)));
            return QueueRecord.TryRead(bytes, out QueueRecord read) is not null
                || read.Write().AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_damaged_queue_is_an_error_with_its_map_and_a_problem_of_whoever_verifies()
    {
        using var file = new StoreFile();
        file.Store.Enqueue(Number(1));
        byte[] place = new byte[ExpiryKey.Bytes];
        new ExpiryKey(5, new Versionstamp(99, 0), 0).Write(place);
        file.File.Update(write => write.Map("kv/queue").Put(place, [1, 2, 3]));
        var error = Assert.Throws<CorruptFileException>(() => file.File.Update(write =>
        {
            new QueueLedger(write, "kv").TakeDue(file.Options, file.Options.Now, long.MaxValue);
        }));
        Assert.Contains("kv/queue", error.Message);
        Assert.Contains("has 3 bytes", error.Message);
        using (ReadTransaction read = file.File.BeginRead())
        {
            Assert.Contains("has 3 bytes", $"{Assert.Single(read.VerifyMaps().Problems)}");
        }

        file.File.Update(write => write.Map("kv/queue").Put(place, Message.Write()));
        using (ReadTransaction read = file.File.BeginRead())
        {
            Assert.Contains("commits end at", $"{Assert.Single(read.VerifyMaps().Problems)}");
        }

        file.File.Update(write => write.Map("kv/queue").Delete(place));
    }

    [Fact]
    public void A_queue_that_was_imported_is_delivered_and_later_stamps_are_above_its_own()
    {
        using var old = new StoreFile();
        for (int i = 0; i < 20; i++)
        {
            old.Store.Set(["a"], Number(1));
        }

        Versionstamp enqueued = old.Store.Enqueue(Number(7));
        using var young = new StoreFile();
        using (ReadTransaction read = old.File.BeginRead())
        {
            young.File.Update(write =>
            {
                foreach (MapEntry entry in read.Map("kv/queue").Scan())
                {
                    write.Map("kv/queue").Put(entry.Key, entry.Value);
                }
            });
        }

        Assert.Equal(
            enqueued.CommitNumber + 1, young.Store.Set(["b"], Number(1)).CommitNumber);
        young.File.Update(write =>
        {
            QueueLease? lease = new QueueLedger(write, "kv")
                .TakeDue(young.Options, young.Options.Now, young.Options.Now + 1);
            Assert.Equal((Number(7), enqueued), (lease!.Message.Value, lease.Key.Stamp));
        });
    }
}
