using Quire.Cli.CommandLine;

namespace Quire.Cli.Inspection;

/// <summary>Writes, frees or roots one page, in one transaction.</summary>
internal static class PageChange
{
    /// <summary>No payload is longer than the largest page.</summary>
    private const int LongestPayload = 65536;

    /// <param name="context">The file.</param>
    /// <param name="request">What to do.</param>
    /// <param name="existing">The page, or null for a new one.</param>
    public static int Run(CommandContext context, PageRequest request, PageNumber? existing)
    {
        // Read before the transaction begins: standard input may take its time, and other writers
        // would wait for it.
        byte[]? payload = request.Write is { } from ? ReadInput(from) : null;
        using PageFile file = context.OpenForWriting();
        if (payload is not null && payload.Length > file.PayloadSize)
        {
            throw CommandException.Usage(
                $"{request.Write}: longer than the {file.PayloadSize} bytes that a page of " +
                $"{file.PageSize} bytes holds.");
        }

        using WriteTransaction write = file.BeginWrite();
        PageNumber page = existing ?? write.Allocate();
        ThrowIfNotInUse(write, file, page);
        if (payload is not null)
        {
            Span<byte> target = write.Write(page);
            payload.CopyTo(target);
            target[payload.Length..].Clear();
        }

        if (request.Free)
        {
            Free(write, page);
        }

        // To make the root the root again takes no number.
        bool changes = payload is not null || request.Free || write.Root != page;
        if (request.Root)
        {
            write.Root = page;
        }

        var number = new TransactionNumber(write.Number.Value - (changes ? 0u : 1u));

        write.Commit();
        Report(context, request, existing is null, page, number, payload);
        return ExitCode.Done;
    }

    private static void ThrowIfNotInUse(WriteTransaction write, PageFile file, PageNumber page)
    {
        PageView.ThrowIfOutside(page, write.PageCount);
        if (file.Engine.Map.IsHeaderPage(page) || file.Engine.Map.IsMapPage(page))
        {
            throw CommandException.Usage(
                $"page {page} is the engine's own (header or allocation map).");
        }

        if (!write.IsInUse(page))
        {
            throw CommandException.No($"page {page} is free.");
        }
    }

    private static void Free(WriteTransaction write, PageNumber page)
    {
        if (write.Root == page)
        {
            throw CommandException.Usage(
                $"page {page} is the root; make another page the root first.");
        }

        write.Free(page);
    }

    private static byte[] ReadInput(string from)
    {
        using Stream input = from == PageView.StandardStream
            ? Console.OpenStandardInput()
            : File.OpenRead(from);
        byte[] buffer = new byte[LongestPayload];
        int length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return buffer[..length];
    }

    private static void Report(
        CommandContext context,
        PageRequest request,
        bool isNew,
        PageNumber page,
        TransactionNumber number,
        byte[]? payload)
    {
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("page", page.Value);
                json.WriteNumber("transactionNumber", number.Value);
                if (payload is not null)
                {
                    json.WriteNumber("bytes", payload.Length);
                }
            });
        }
        else if (isNew)
        {
            // Only the number: it goes into a shell variable.
            context.Text.WriteLine(page);
        }
        else
        {
            string done = request.Free ? "freed"
                : payload is null ? "is the root"
                : $"written, {payload.Length} bytes";
            context.Text.WriteLine($"page {page}: {done}; transaction {number}");
        }
    }
}
