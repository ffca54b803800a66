using System.Text.Json;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;
using Quire.Pager;

namespace Quire.Cli.Inspection;

/// <summary>Shows one page, or writes its bytes somewhere.</summary>
internal static class PageView
{
    /// <summary>What stands for standard input and output.</summary>
    public const string StandardStream = "-";

    /// <summary>A page in use, checked.</summary>
    public static int Run(CommandContext context, string? output, PageNumber page)
    {
        byte[] image;
        using (PageFile file = context.OpenReadOnly())
        using (ReadTransaction read = file.BeginRead())
        {
            ThrowIfOutside(page, read.PageCount);
            if (read.Engine.Map.IsHeaderPage(page) || read.Engine.Map.IsMapPage(page))
            {
                throw CommandException.Usage(
                    $"page {page} is the engine's own (header or allocation map); use --raw.");
            }

            if (!read.IsInUse(page))
            {
                throw CommandException.No($"page {page} is free.");
            }

            image = read.ReadImage(page);
        }

        ReadOnlySpan<byte> payload = image.AsSpan(PageFormat.HeaderBytes);
        if (output is not null)
        {
            Export(context, output, payload);
        }
        else
        {
            Show(context, new Shown(page, image, Problem: null, IsRaw: false, IsHeader: false));
        }

        return ExitCode.Done;
    }

    /// <summary>Any page of the file, as it is.</summary>
    public static int RunRaw(CommandContext context, string? output, PageNumber page)
    {
        byte[] image;
        string? problem;
        bool isHeader;
        using (PageFile file = context.OpenReadOnly())
        using (ReadTransaction read = file.BeginRead())
        {
            ThrowIfOutside(page, read.PageCount);
            image = new byte[file.PageSize];
            read.Engine.ReaderMain.File.Read(MainFormat.OffsetOf(page, file.PageSize), image);
            isHeader = read.Engine.Map.IsHeaderPage(page);
            problem = isHeader ? null : PageFormat.Check(image, page, read.Engine.PageSeed);
        }

        if (output is not null)
        {
            Export(context, output, image);
        }
        else
        {
            Show(context, new Shown(page, image, problem, IsRaw: true, isHeader));
        }

        return ExitCode.Done;
    }

    /// <exception cref="CommandException">The file has no such page.</exception>
    public static void ThrowIfOutside(PageNumber page, uint pageCount)
    {
        if (page.Value >= pageCount)
        {
            throw CommandException.Usage(
                $"page {page} does not exist; the file has pages 0 to {pageCount - 1}.");
        }
    }

    private static void Show(CommandContext context, Shown shown)
    {
        if (context.Json)
        {
            context.WriteJson(json => WriteJson(json, shown));
            return;
        }

        (PageNumber page, byte[] image) = (shown.Page, shown.Image);
        var facts = new FactTable();
        facts.Add("page", $"{page}, at byte {shown.Offset}");
        if (!shown.IsHeader)
        {
            facts.Add("kind", PageBytes.NameOf(PageFormat.KindOf(image)));
            facts.Add("transaction", PageFormat.TransactionOf(image).ToString());
            facts.Add("checksum", shown.Problem ?? "ok");
            facts.Add("used", $"{shown.UsedBytes} of {shown.Payload.Length} bytes");
        }

        facts.Print(context.Terminal);
        context.Text.WriteLine();
        HexDump.Write(context.Text, shown.IsRaw ? image : shown.Payload);
    }

    private static void WriteJson(Utf8JsonWriter json, Shown shown)
    {
        json.WriteNumber("page", shown.Page.Value);
        json.WriteNumber("offset", shown.Offset);
        if (!shown.IsHeader)
        {
            json.WriteString("kind", PageBytes.NameOf(PageFormat.KindOf(shown.Image)));
            json.WriteNumber("transactionNumber", PageFormat.TransactionOf(shown.Image).Value);
            json.WriteBoolean("sound", shown.Problem is null);
            json.WriteNumber("usedBytes", shown.UsedBytes);
        }

        json.WriteBase64String(
            shown.IsRaw ? "raw" : "payload", shown.IsRaw ? shown.Image : shown.Payload);
    }

    private static void Export(CommandContext context, string output, ReadOnlySpan<byte> bytes)
    {
        if (output == StandardStream)
        {
            context.Terminal.WriteBytes(bytes);
        }
        else
        {
            File.WriteAllBytes(output, bytes);
        }
    }

    /// <summary>A page on its way to the screen.</summary>
    private sealed record Shown(
        PageNumber Page, byte[] Image, string? Problem, bool IsRaw, bool IsHeader)
    {
        public ReadOnlySpan<byte> Payload => Image.AsSpan(PageFormat.HeaderBytes);

        public long Offset => MainFormat.OffsetOf(Page, Image.Length);

        public int UsedBytes => PageBytes.Used(Payload);
    }
}
