using System.CommandLine;
using Quire.Cli.CommandLine;
using Quire.Cli.Inspection;
using Quire.Cli.Output;
using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Commands;

/// <summary>
/// <c>quire locks</c>: who holds which lock byte. Takes no lock and reads no page.
/// </summary>
internal static class LocksCommand
{
    public static Command Create(CommonOptions common) => common.FileCommand(
        "locks",
        "Shows which process holds which lock of a file, at this moment.",
        Run,
        "quire locks drawing.quire",
        "watch -n 0.2 quire locks drawing.quire");

    private static int Run(CommandContext context)
    {
        IReadOnlyList<LockInspection> locks = LockInspection.Of(context.FilePath);
        if (context.Json)
        {
            PrintJson(context, locks);
        }
        else
        {
            Print(context.Text, locks);
        }

        return ExitCode.Done;
    }

    private static void Print(TextWriter text, IReadOnlyList<LockInspection> locks)
    {
        text.WriteLine($"{"lock",-10}{"mode",-12}{"process",-10}name");
        foreach (LockInspection inspected in locks)
        {
            string name = LockBytes.NameOf(inspected.Name);
            if (inspected.Holders.Count == 0)
            {
                string state = inspected.IsHeld switch
                {
                    true => "held, by a process that cannot be seen from here",
                    false => "free",
                    null => "cannot be asked on this system",
                };
                text.WriteLine($"{name,-10}{state}");
            }

            foreach (LockHolder holder in inspected.Holders)
            {
                text.WriteLine($"{name,-10}{Words.Of(holder.Mode),-12}{holder.ProcessId,-10}" +
                    holder.ProcessName);
            }
        }
    }

    private static void PrintJson(CommandContext context, IReadOnlyList<LockInspection> locks) =>
        context.WriteJson(json =>
        {
            json.WriteStartArray("locks");
            foreach (LockInspection inspected in locks)
            {
                json.WriteStartObject();
                json.WriteString("lock", LockBytes.NameOf(inspected.Name));
                if (inspected.IsHeld is { } held)
                {
                    json.WriteBoolean("held", held);
                }
                else
                {
                    json.WriteNull("held");
                }

                json.WriteStartArray("holders");
                foreach (LockHolder holder in inspected.Holders)
                {
                    json.WriteStartObject();
                    json.WriteString("mode", Words.Of(holder.Mode));
                    json.WriteNumber("processId", holder.ProcessId);
                    json.WriteString("processName", holder.ProcessName);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
