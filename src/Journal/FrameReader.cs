using System.IO.Hashing;

namespace Quire.Journal;

/// <summary>
/// Reads frames up to their seal and holds each against everything that is known of it. Nothing in
/// them is trusted before.
/// </summary>
internal static class FrameReader
{
    /// <summary>Reads one record: frames, then their seal.</summary>
    /// <param name="window">The journal.</param>
    /// <param name="header">The header of the journal.</param>
    /// <param name="offset">Where the record begins.</param>
    /// <param name="chain">
    /// What its first frame continues: the salt, or in a log the seal before it.
    /// </param>
    /// <param name="expected">With which transaction it must begin; null for any.</param>
    /// <param name="rewrites">
    /// Whether to write each frame again, the same bytes over themselves, once it is verified.
    /// </param>
    public static RecordRead ReadRecord(
        JournalWindow window,
        JournalHeader header,
        long offset,
        ulong chain,
        TransactionNumber? expected = null,
        bool rewrites = false)
    {
        var frames = new List<JournalFrame>();
        int longest = JournalFrameHeader.SizeBytes
            + Math.Max(header.PageSize, JournalFormat.HeaderImageBytes);
        TransactionNumber number = expected ?? default;
        while (true)
        {
            ReadOnlySpan<byte> bytes = window.At(offset, longest);
            string? problem = Check(
                bytes, header, chain, frames.Count, expected is null, ref number, out var frame);
            int imageLength = problem is null
                ? JournalFrameHeader.ImageLength(
                    frame.Kind, header.PageSize, bytes[JournalFrameHeader.SizeBytes..])
                : 0;
            if (problem is not null)
            {
                return new RecordRead(
                    default, default, 0, offset, frames,
                    $"{frames.Count} frames, then at byte {offset}: {problem}");
            }

            chain = frame.Chain;
            if (rewrites)
            {
                window.File.Write(offset, bytes[..(JournalFrameHeader.SizeBytes + imageLength)]);
            }

            offset += JournalFrameHeader.SizeBytes;
            if (frame.Kind == FrameKind.Seal)
            {
                return new RecordRead(number, frame.Number, chain, offset, frames, null);
            }

            frames.Add(new JournalFrame(
                frame.Kind,
                new PageNumber(frame.PageOrCount),
                offset,
                imageLength,
                frame.ImageChecksum));
            offset += imageLength;
        }
    }

    /// <returns>Null when it is valid, or what is wrong.</returns>
    private static string? Check(
        ReadOnlySpan<byte> bytes,
        JournalHeader header,
        ulong previousChain,
        int framesBefore,
        bool takesAnyNumber,
        ref TransactionNumber number,
        out JournalFrameHeader frame)
    {
        frame = default;
        if (bytes.Length < JournalFrameHeader.SizeBytes)
        {
            return $"the file ends {bytes.Length} bytes into a frame header";
        }

        frame = JournalFrameHeader.Read(bytes);
        if (JournalFrameHeader.ChainOf(bytes, previousChain) != frame.Chain)
        {
            return "the frame's checksum fails";
        }

        if (frame.Salt != header.Salt)
        {
            return $"the frame has salt {frame.Salt:x16}, the journal {header.Salt:x16}";
        }

        ReadOnlySpan<byte> image = bytes[JournalFrameHeader.SizeBytes..];
        int imageLength = JournalFrameHeader.ImageLength(frame.Kind, header.PageSize, image);
        if (imageLength < 0 || (frame.Kind == FrameKind.Patch && !header.IsLog))
        {
            return $"the frame's kind {(uint)frame.Kind:x8} is unknown, or its length";
        }

        if (framesBefore == 0 && takesAnyNumber)
        {
            number = frame.Number;
        }

        // The seal names the last transaction of the record, all others the first.
        bool isOfRecord = frame.Kind == FrameKind.Seal
            ? frame.Number.Value >= number.Value
            : frame.Number == number;
        if (!isOfRecord || number.Value == 0)
        {
            return $"the frame belongs to transaction {frame.Number}, not {number}";
        }

        if (frame.Kind == FrameKind.Seal)
        {
            return frame.PageOrCount == framesBefore && framesBefore > 0
                ? null
                : $"the seal counts {frame.PageOrCount} frames, there are {framesBefore}";
        }

        if (image.Length < imageLength)
        {
            return $"the file ends {image.Length} bytes into an image of {imageLength}";
        }

        return XxHash3.HashToUInt64(image[..imageLength]) == frame.ImageChecksum
            ? null
            : "the image's checksum fails";
    }
}

/// <summary>What <see cref="FrameReader.ReadRecord"/> found.</summary>
/// <param name="First">Its first transaction; meaningful when there is no problem.</param>
/// <param name="Number">Its last transaction, mostly the same; likewise.</param>
/// <param name="SealChecksum">The chain value of the seal; likewise.</param>
/// <param name="End">Where the next record would begin, or what is wrong lies.</param>
/// <param name="Frames">The images in the order in which they were staged; valid ones only.</param>
/// <param name="Problem">Null for a whole record, or what ended it.</param>
internal readonly record struct RecordRead(
    TransactionNumber First,
    TransactionNumber Number,
    ulong SealChecksum,
    long End,
    IReadOnlyList<JournalFrame> Frames,
    string? Problem);
