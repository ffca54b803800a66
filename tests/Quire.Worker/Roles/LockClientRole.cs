using System.Globalization;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Worker.Roles;

/// <summary>
/// <c>lock-client PATH BACKEND</c>: one open file whose locks the parent works by lines.
/// </summary>
/// <remarks>
/// <code>
///   acquire OFFSET LENGTH shared|exclusive   ->  True | False
///   probe OFFSET LENGTH shared|exclusive     ->  True | False   (refused?)
///   release OFFSET LENGTH                    ->  released
/// </code>
/// It says "ready" first, answers an exception with "error TYPE: MESSAGE", and ends, closing the
/// file, with its standard input.
/// </remarks>
internal static class LockClientRole
{
    public static int Run(string[] args)
    {
        var backend = Enum.Parse<LockBackend>(args[1], ignoreCase: true);
        StorageHost host = OperatingSystemHost.Create(
            new OperatingSystemHostOptions { LockBackend = backend });
        using IStorageFile file = host.Files.Open(args[0], FileOpenMode.ReadWrite);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(Answer(host.Locks, file, line));
        }

        return 0;
    }

    private static string Answer(ILockSystem system, IStorageFile file, string line)
    {
        try
        {
            string[] words = line.Split(' ');
            IByteRangeLocks locks = system.LocksOf(file);
            var range = new LockRange(Number(words[1]), Number(words[2]));
            switch (words[0])
            {
                case "acquire":
                    return locks.TryAcquire(range, Mode(words[3])).ToString();
                case "probe":
                    return locks.IsRefused(range, Mode(words[3])).ToString();
                case "release":
                    locks.Release(range);
                    return "released";
                default:
                    return $"error unknown command {words[0]}";
            }
        }
        catch (Exception error) when (error is IOException or QuireException)
        {
            return $"error {error.GetType().Name}: {error.Message}";
        }
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private static LockMode Mode(string word) => Enum.Parse<LockMode>(word, ignoreCase: true);
}
