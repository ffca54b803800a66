using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Output;

namespace Quire.Cli.Maps;

/// <summary>
/// <c>quire compact</c>: moves the pages of maps from the end of the file to free ones before them,
/// and gives the free end back to the file system. Nothing to give back is done (0).
/// </summary>
internal static class CompactCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "compact",
        "Moves pages of maps forward and gives the free end back to the file system.",
        Run,
        "quire compact app.quire",
        "quire compact app.quire --json");

    private static int Run(CommandContext context)
    {
        using PageFile file = context.OpenForWriting();
        CompactReport report = RecordProgress.Run(
            "compacting", total: null, isShown: !context.Json, progress => file.CompactMaps(
                new CompactOptions { Progress = new Shown(progress) }));
        PageFileInfo info = file.GetInfo();
        long bytesFreed = (long)(report.PagesBefore - report.PagesAfter) * info.PageSize;
        if (context.Json)
        {
            context.WriteJson(json =>
            {
                json.WriteNumber("pagesBefore", report.PagesBefore);
                json.WriteNumber("pages", report.PagesAfter);
                json.WriteNumber("pagesMoved", report.PagesMoved);
                json.WriteNumber("transactions", report.Transactions);
                json.WriteNumber("pagesFree", info.FreePages);
                json.WriteNumber("bytesFreed", bytesFreed);
            });
        }
        else
        {
            context.Text.WriteLine(
                $"{info.Path}: {Words.Count(report.PagesBefore, "page")} before, " +
                $"{report.PagesAfter} now, {info.FreePages} of them free; " +
                $"{Words.Count(report.PagesMoved, "page")} moved, {bytesFreed} bytes given back");
        }

        return ExitCode.Done;
    }

    private sealed class Shown(RecordProgress progress) : IProgress<CompactReport>
    {
        public void Report(CompactReport value) => progress.Report(value.PagesMoved, done: 0);
    }
}
