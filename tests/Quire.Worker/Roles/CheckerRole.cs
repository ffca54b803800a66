using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>checker PATH MILLISECONDS</c>: reads again and again, holding each read transaction for so
/// long, until its standard input ends. Every view must be of one transaction, and none older than
/// the one before. Says "ready" after the first view, then at the end "ok COUNT" or what it saw.
/// </summary>
internal static class CheckerRole
{
    public static int Run(string[] args)
    {
        int hold = int.Parse(args[1], CultureInfo.InvariantCulture);
        using PageFile file = PageFile.Open(args[0]);
        Task<string?> end = Task.Run(Console.ReadLine);
        long before = 0;
        int count = 0;
        while (!end.IsCompleted)
        {
            using ReadTransaction read = file.BeginRead();
            long number;
            try
            {
                number = Stamp.ReadAll(read);
            }
            catch (Exception error) when (error is InvalidDataException or QuireException)
            {
                Console.WriteLine(error.Message);
                return 1;
            }

            if (number < before)
            {
                Console.WriteLine($"{number} after {before}");
                return 1;
            }

            before = number;
            if (count++ == 0)
            {
                Console.WriteLine("ready");
            }

            Thread.Sleep(hold);
        }

        Console.WriteLine($"ok {count}");
        return 0;
    }
}
