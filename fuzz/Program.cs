using System.Diagnostics;
using System.Globalization;

namespace Quire.Fuzz;

/// <summary>
/// <c>dotnet run --project fuzz -- [--seconds N] [--seed S] [--target
/// main|journal|both|sectors]</c>, or <c>--open FILE [--mode MODE]</c> to see what one file on a
/// real disk gives. Ends with 0 when no promise was broken, 1 with a saved input when one was, 2 on
/// misuse.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["--open", string path, .. string[] rest])
        {
            string mode =
                rest is ["--mode", string name] ? name : nameof(PageFileMode.OpenExisting);
            return OpenOne(path, Enum.Parse<PageFileMode>(mode));
        }

        if (!TryParse(
            args,
            out int seconds,
            out int seed,
            out FuzzTarget target,
            out CommitProtocol protocol))
        {
            Console.Error.WriteLine(
                "usage: fuzz [--seconds N] [--seed S] [--target main|journal|both|sectors] " +
                "[--protocol classic|sealed]");
            return 2;
        }

        Console.WriteLine($"target {target}, first seed {seed}, {seconds} s");
        var run = new FuzzRun(target, protocol);
        var clock = Stopwatch.StartNew();
        int executions = 0;
        int refused = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            FuzzCase fuzzCase = run.Make(unchecked(seed + executions++));
            try
            {
                refused += run.Execute(fuzzCase).IsRefused ? 1 : 0;
            }
            catch (OracleException failure)
            {
                return Report(fuzzCase, failure);
            }
        }

        Console.WriteLine(
            $"{executions} executions, {executions / clock.Elapsed.TotalSeconds:0} per second, " +
            $"{refused} refused at opening, nothing broken");
        return 0;
    }

    /// <summary>Opens a file, a saved failure for instance, and says what came of it.</summary>
    private static int OpenOne(string path, PageFileMode mode)
    {
        try
        {
            using PageFile file = PageFile.Open(path, new PageFileOptions { Mode = mode });
            using ReadTransaction read = file.BeginRead();
            VerifyReport report = read.Verify();
            Console.WriteLine($"{mode}: {(report.IsSound ? "sound" : report.Problems[0].Text)}");
            return report.IsSound ? 0 : 1;
        }
        catch (Exception error) when (
            error is QuireException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            Console.WriteLine($"{mode}: {error.GetType().Name}");
            return 1;
        }
    }

    private static int Report(FuzzCase fuzzCase, OracleException failure)
    {
        string folder = Path.Combine("fuzz-failures", $"{fuzzCase.Seed}");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "a.quire"), fuzzCase.Main);
        File.WriteAllBytes(Path.Combine(folder, "a.quire-journal"), fuzzCase.Journal);
        File.WriteAllText(
            Path.Combine(folder, "about.txt"),
            $"seed {fuzzCase.Seed}\nstate {fuzzCase.State}\n" +
            $"checksums repaired: {fuzzCase.Legal is null}\n{failure}\n");
        Console.Error.WriteLine(
            $"seed {fuzzCase.Seed}, {fuzzCase.State}, " +
            $"checksums repaired: {fuzzCase.Legal is null}: " +
            $"{failure.Message}\nsaved in {folder}");
        return 1;
    }

    private static bool TryParse(
        string[] args,
        out int seconds,
        out int seed,
        out FuzzTarget target,
        out CommitProtocol protocol)
    {
        protocol = CommitProtocol.Classic;
        seconds = 10;
        seed = Environment.TickCount;
        target = FuzzTarget.Both;
        for (int i = 0; i < args.Length; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            bool isUnderstood = args[i] switch
            {
                "--seconds" => TryParseNumber(value, out seconds),
                "--seed" => TryParseNumber(value, out seed),
                "--target" => Enum.TryParse(value, ignoreCase: true, out target)
                    && Enum.IsDefined(target),
                "--protocol" => Enum.TryParse(value, ignoreCase: true, out protocol)
                    && Enum.IsDefined(protocol),
                _ => false,
            };
            if (!isUnderstood)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
