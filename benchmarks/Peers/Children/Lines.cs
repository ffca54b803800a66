using System.Globalization;

namespace Quire.Peers.Children;

/// <summary>How children speak with who started them.</summary>
internal static class Lines
{
    /// <summary>Numbers on one line, such that nothing of them is lost.</summary>
    public static void Write(IEnumerable<double> numbers) => Console.WriteLine(
        string.Join(' ', numbers.Select(one => one.ToString("R", CultureInfo.InvariantCulture))));

    /// <summary>
    /// Whoever started this may end first, and then nobody is left to kill it: from now on the end
    /// of the input ends this process.
    /// </summary>
    public static void EndWithInput()
    {
        var watch = new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }

            Environment.Exit(1);
        })
        {
            IsBackground = true,
        };
        watch.Start();
    }
}
