using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire compact</c>: gives free space back to the file system. Nothing to give back is done
/// (0).
/// </summary>
internal static class CompactCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "compact",
        "Gives the free pages at the end of the file back to the file system.",
        Run,
        "quire compact drawing.quire",
        "quire compact drawing.quire --json");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenForWriting();
        uint before;
        uint after;
        using (WriteTransaction write = file.BeginWrite())
        {
            before = write.PageCount;
            after = before - write.TrimEnd();
            write.Commit();
        }

        PageFileInfo info = file.GetInfo();
        long bytesFreed = (long)(before - after) * info.PageSize;
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("pagesBefore", before);
                json.WriteNumber("pages", after);
                json.WriteNumber("pagesFree", info.FreePages);
                json.WriteNumber("bytesFreed", bytesFreed);
            });
        }
        else
        {
            context.Text.WriteLine(
                $"{info.Path}: {Words.Count(before, "page")} before, {after} now, " +
                $"{info.FreePages} of them free; {bytesFreed} bytes given back");
        }

        return ExitCode.Done;
    }
}
