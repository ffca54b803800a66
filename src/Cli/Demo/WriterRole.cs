using Quire.Locking;
using Quire.Storage;

namespace Quire.Cli.Demo;

/// <summary>
/// A writer process: one write transaction that stages a new edition of every page, slowly, and
/// commits it. On request it stands still at one step, holding all its locks, until it is killed.
/// </summary>
internal static class WriterRole
{
    public static int Run(
        string name, string path, long edition, TimeSpan staging, ProtocolStep? stopAt)
    {
        // A writer may stand still inside a step, so the end of its parent ends the process.
        using var voice = new ChildVoice(() => Environment.Exit(ExitCode.Done));
        var halfway = new HalfwayStop(DemoSettings.Pages / 2, () => StandStill(
            voice,
            name,
            ProtocolStep.C5,
            $"{DemoSettings.Pages / 2} of {DemoSettings.Pages} pages written"));
        using PageFile file = PageFile.Open(path, new PageFileOptions
        {
            Mode = PageFileMode.OpenExisting,
            LockTimeout = DemoSettings.Patience,
            Observer = new Observer(voice, name, stopAt, halfway),
            Host = stopAt == ProtocolStep.C5 ? halfway.Wrap(OperatingSystemHost.Create()) : null,
        });
        using (WriteTransaction write = file.BeginWrite())
        {
            for (int i = 0; i < DemoSettings.Pages; i++)
            {
                DemoBook.Stamp(write.Write(DemoBook.PageAt(write.Root, i)), edition);
                voice.Say(DemoEvent.Now(name, DemoEventKind.Staged) with { Count = i + 1 });

                // The work that a real writer would do for this page.
                Thread.Sleep(staging / DemoSettings.Pages);
            }

            write.Commit();
        }

        voice.Say(DemoEvent.Now(name, DemoEventKind.Done) with { Edition = edition });
        return ExitCode.Done;
    }

    private static void StandStill(ChildVoice voice, string name, ProtocolStep step, string text)
    {
        voice.Say(DemoEvent.Now(name, DemoEventKind.Stopped) with { Step = step, Text = text });
        Thread.Sleep(Timeout.Infinite);
    }

    private sealed class Observer(
        ChildVoice voice, string name, ProtocolStep? stopAt, HalfwayStop halfway) : ProtocolObserver
    {
        public override void OnStep(ProtocolStep reached)
        {
            if (reached == stopAt && reached != ProtocolStep.C5)
            {
                StandStill(voice, name, reached, $"about to perform {reached}");
            }

            voice.Say(DemoEvent.Now(name, DemoEventKind.Step) with { Step = reached });
            halfway.IsArmed = reached == ProtocolStep.C5;
        }

        public override void OnLock(LockName changed, LockMode? mode) =>
            voice.Say(DemoEvent.Now(name, DemoEventKind.Lock) with { Lock = changed, Mode = mode });
    }
}
