namespace Quire.Worker.Roles;

/// <summary>
/// <c>idle</c>: says "ready" and does nothing until its standard input ends. It keeps whatever
/// descriptors it inherited.
/// </summary>
internal static class IdleRole
{
    public static int Run(string[] args)
    {
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null)
        {
        }

        return 0;
    }
}
