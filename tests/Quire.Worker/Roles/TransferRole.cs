using System.Globalization;
using Quire.Worker.Hooks;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>transfer PATH HOW TIMES SEED</c>: so many transfers between two random accounts, each with
/// some thinking in the middle. HOW is a transaction mode, run by <c>Update</c>, or "by-hand-MODE",
/// which begins, catches and repeats itself. Says how often it was told to start over.
/// </summary>
internal static class TransferRole
{
    public static int Run(string[] args)
    {
        const string byHand = "by-hand-";
        bool isByHand = args[1].StartsWith(byHand, StringComparison.Ordinal);
        var mode = Enum.Parse<TransactionMode>(isByHand ? args[1][byHand.Length..] : args[1]);
        int times = int.Parse(args[2], CultureInfo.InvariantCulture);
        var random = new Random(int.Parse(args[3], CultureInfo.InvariantCulture));
        using PageFile file = PageFile.Open(
            args[0], new PageFileOptions { LockTimeout = TimeSpan.FromSeconds(60) });
        int startedOver = 0;
        Console.WriteLine("ready");
        for (int i = 0; i < times; i++)
        {
            int from = random.Next(Accounts.Count);
            int to = (from + random.Next(1, Accounts.Count)) % Accounts.Count;
            long amount = random.Next(1, 100);
            int think = random.Next(4) == 0 ? random.Next(1, 3) : 0;
            void Transfer(WriteTransaction write)
            {
                long left = Accounts.Read(write, from) - amount;
                if (think > 0)
                {
                    Thread.Sleep(think);
                }

                Accounts.Write(write, from, left);
                Accounts.Write(write, to, Accounts.Read(write, to) + amount);
            }

            startedOver += isByHand
                ? RepeatByHand(file, mode, Transfer)
                : Update(file, mode, Transfer);
        }

        Console.WriteLine($"done {startedOver}");
        return 0;
    }

    private static int Update(PageFile file, TransactionMode mode, Action<WriteTransaction> transfer)
    {
        int startedOver = 0;
        file.Update(transfer, new UpdateOptions { Mode = mode, OnRetry = _ => startedOver++ });
        return startedOver;
    }

    private static int RepeatByHand(
        PageFile file, TransactionMode mode, Action<WriteTransaction> transfer)
    {
        for (int startedOver = 0; ; startedOver++)
        {
            using WriteTransaction write = file.BeginWrite(mode);
            try
            {
                transfer(write);
                write.Commit();
                return startedOver;
            }
            catch (Exception overtaken) when (
                overtaken is StaleReadException or ConflictException)
            {
                // Somebody else was first: again, on fresh data.
            }
        }
    }
}
