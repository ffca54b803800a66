namespace Quire.Cli.Demo;

/// <summary>
/// A reader process: one read transaction after the other, each of which reads every page of the
/// book and checks that all are of one edition, and none older than before.
/// </summary>
internal static class ReaderRole
{
    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(4);

    public static int Run(string name, string path)
    {
        using var voice = new ChildVoice();
        using var observer = new ReaderObserver(voice, name);
        using PageFile file = PageFile.Open(path, new PageFileOptions
        {
            Mode = PageFileMode.OpenExisting,
            LockTimeout = DemoSettings.Patience,
            Observer = observer,

            // Next to no cache: what is checked is what the file holds.
            CacheBytes = 0,
        });
        observer.EndOpening();
        long edition = 0;
        while (!voice.Stop.IsCancellationRequested)
        {
            (long seen, string? mixture) = ReadOnce(file);
            if (mixture is not null || seen < edition)
            {
                voice.Say(DemoEvent.Now(name, DemoEventKind.Failed) with
                {
                    Text = mixture ?? $"edition {seen} after edition {edition}",
                });
                return ExitCode.No;
            }

            edition = seen;
            observer.EndRead(edition);
            voice.Stop.WaitHandle.WaitOne(ThinkTime);
        }

        observer.Flush();
        voice.Say(DemoEvent.Now(name, DemoEventKind.Done));
        return ExitCode.Done;
    }

    private static (long Edition, string? Mixture) ReadOnce(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        var editions = new long[DemoSettings.Pages];
        for (int i = 0; i < editions.Length; i++)
        {
            editions[i] = DemoBook.EditionOf(read.Read(DemoBook.PageAt(read.Root, i)));
        }

        bool agree = editions[0] > 0 && editions.All(edition => edition == editions[0]);
        return (
            editions[0], agree ? null : $"a mixture of editions: {string.Join(' ', editions)}");
    }
}
