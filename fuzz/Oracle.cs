namespace Quire.Fuzz;

/// <summary>What became of a damaged file.</summary>
/// <param name="Error">Why it was refused when it was opened; null when it could be opened.</param>
/// <param name="DamagedPages">How many pages were refused when they were read.</param>
public sealed record Verdict(Exception? Error, int DamagedPages)
{
    public bool IsRefused => Error is not null;

    public QuireErrorCode? Code => (Error as QuireException)?.Code;
}

/// <summary>
/// An engine answered damage with something other than an error or the right data.
/// </summary>
public sealed class OracleException(string message, Exception? inner = null)
    : Exception(message, inner);

/// <summary>
/// Opens a file that may be damaged, reads all of it, verifies it and writes to it once, and holds
/// the engine to what it promises of any bytes whatever:
/// <list type="number">
/// <item>only documented errors, and never a broken invariant;</item>
/// <item>a bounded number of operations and a bounded amount of memory;</item>
/// <item>who refuses to open a file has changed neither file;</item>
/// <item>a file that verifies as sound has no damaged page;</item>
/// <item>a commit changes the pages that it wrote and no others.</item>
/// </list>
/// Where the damage is not of a kind that repairs checksums, also: what is read is what was
/// written.
/// </summary>
public sealed class Oracle(MemoryDisk disk)
{
    private const int OperationsAllowed = 20_000;
    private const long BytesAllowed = 32L * 1024 * 1024;

    /// <summary>The mode in which files are opened; never one that creates.</summary>
    public PageFileMode Mode { get; init; } = PageFileMode.OpenExisting;

    /// <summary>Whether the file is written to after it was read.</summary>
    public bool Writes { get; init; } = true;

    /// <summary>Judges the files that are on the disk now.</summary>
    /// <param name="legal">
    /// The contents that would be right; null when the damage may have made others, with checksums.
    /// </param>
    /// <exception cref="OracleException">A promise was broken.</exception>
    public Verdict Judge(IReadOnlyList<FileContents>? legal)
    {
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Verdict verdict;
        try
        {
            verdict = OpenAndUse(legal);
        }
        catch (Exception failure) when (failure is not OracleException)
        {
            throw new OracleException(
                $"undocumented: {failure.GetType().Name}: {failure.Message}", failure);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        return allocated <= BytesAllowed
            ? verdict
            : throw new OracleException($"allocated {allocated} bytes");
    }

    private Verdict OpenAndUse(IReadOnlyList<FileContents>? legal)
    {
        byte[] main = disk.Get(FileState.MainPath);
        byte[]? journal =
            disk.Exists(FileState.JournalPath) ? disk.Get(FileState.JournalPath) : null;
        PageFile file;
        try
        {
            file = Open();
        }
        catch (Exception error) when (IsDocumentedAtOpen(error))
        {
            CheckUnchanged(main, journal, error);
            return new Verdict(error, 0);
        }
        catch (StorageFullException error)
        {
            // Recovery needs room for the pages that it brings back; it can be repeated.
            return new Verdict(error, 0);
        }

        using (file)
        {
            int damaged = ReadAll(file, legal);
            if (Writes && Mode != PageFileMode.ReadOnly)
            {
                WriteOnce(file);
            }

            return new Verdict(null, damaged);
        }
    }

    private PageFile Open()
    {
        MemoryProcess process = disk.StartProcess();
        process.OperationsAllowed = OperationsAllowed;
        return PageFile.Open(FileState.MainPath, new PageFileOptions
        {
            Mode = Mode,
            Host = process.Host,
            LockTimeout = TimeSpan.Zero,
        });
    }

    private static bool IsDocumentedAtOpen(Exception error) => error is QuireException
    {
        Code: QuireErrorCode.NotAQuireFile
            or QuireErrorCode.UnsupportedVersion
            or QuireErrorCode.Corrupt
            or QuireErrorCode.ForeignJournal
            or QuireErrorCode.RecoveryNeeded,
    };

    private void CheckUnchanged(byte[] main, byte[]? journal, Exception error)
    {
        if (!disk.Get(FileState.MainPath).AsSpan().SequenceEqual(main))
        {
            throw new OracleException($"main was changed and then refused: {error.Message}");
        }

        if (journal is not null
            && !disk.Get(FileState.JournalPath).AsSpan().SequenceEqual(journal))
        {
            throw new OracleException($"the journal was changed and then refused: {error.Message}");
        }
    }

    private static int ReadAll(PageFile file, IReadOnlyList<FileContents>? legal)
    {
        using ReadTransaction read = file.BeginRead();
        if (legal is not null)
        {
            string?[] differences = [.. legal.Select(contents => contents.FindDifference(read))];
            if (differences.All(difference => difference is not null))
            {
                throw new OracleException($"wrong data: {string.Join("; or ", differences)}");
            }
        }

        Readable(read, out int damaged);
        if (read.Verify().IsSound && damaged > 0)
        {
            throw new OracleException($"verified as sound, but {damaged} pages are damaged");
        }

        return damaged;
    }

    /// <summary>
    /// The pages in use that can be read, up to a number that no state here exceeds.
    /// </summary>
    private static Dictionary<PageNumber, byte[]> Readable(ReadTransaction read, out int damaged)
    {
        const int longest = 200;
        damaged = 0;
        var pages = new Dictionary<PageNumber, byte[]>();
        for (uint number = 0; number < Math.Min(read.PageCount, longest); number++)
        {
            var page = new PageNumber(number);
            try
            {
                if (read.IsInUse(page))
                {
                    pages.Add(page, read.Read(page).ToArray());
                }
            }
            catch (CorruptFileException)
            {
                damaged++;
            }
        }

        return pages;
    }

    private void WriteOnce(PageFile file)
    {
        Dictionary<PageNumber, byte[]> expected;
        using (ReadTransaction read = file.BeginRead())
        {
            expected = Readable(read, out _);
        }

        try
        {
            using WriteTransaction write = file.BeginWrite();
            PageNumber added = write.Allocate();
            if (expected.ContainsKey(added))
            {
                throw new OracleException($"page {added} was in use and was allocated again");
            }

            write.Write(added).Fill(0xA5);
            expected[added] = write.Read(added).ToArray();
            if (expected.TryGetValue(write.Root, out byte[]? root))
            {
                write.Write(write.Root)[0] ^= 0x5A;
                root[0] ^= 0x5A;
            }

            write.Commit();
        }
        catch (Exception error) when (
            IsDocumentedAtOpen(error) || error is StorageFullException || IsFull(file))
        {
            return;
        }

        CheckWritten(expected);
    }

    /// <summary>Whether the header, true or not, leaves no number for another page.</summary>
    private static bool IsFull(PageFile file)
    {
        using ReadTransaction read = file.BeginRead();
        return read.PageCount >= uint.MaxValue - 1;
    }

    private void CheckWritten(Dictionary<PageNumber, byte[]> expected)
    {
        using PageFile other = Open();
        using ReadTransaction read = other.BeginRead();
        foreach ((PageNumber page, byte[] bytes) in expected)
        {
            if (!read.Read(page).SequenceEqual(bytes))
            {
                throw new OracleException($"page {page} is not what it was after a commit");
            }
        }
    }
}
