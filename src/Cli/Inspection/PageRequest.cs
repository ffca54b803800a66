namespace Quire.Cli.Inspection;

/// <summary>What was asked of one page.</summary>
internal sealed record PageRequest(
    string Number, string? Write, string? Out, bool Raw, bool Free, bool Root)
{
    /// <summary>Whether the file is to be changed.</summary>
    public bool Changes => Write is not null || Free || Root;

    public void ThrowIfContradictory(bool isNew)
    {
        if (isNew && Write is null)
        {
            throw CommandException.Usage("a new page needs --write FROM.");
        }

        if (Free && (Write is not null || Root))
        {
            throw CommandException.Usage("--free goes with neither --write nor --root.");
        }

        if (Changes && (Out is not null || Raw))
        {
            throw CommandException.Usage(
                "--out and --raw show a page; they go with none of --write, --free and --root.");
        }
    }
}
