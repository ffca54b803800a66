using Quire.Storage;

namespace Quire.Pager;

/// <summary>
/// Writes the pages of a commit to main, under main exclusive: those that nobody can see yet before
/// the marker (C2E), the others behind it (C5).
/// </summary>
/// <param name="file">The open file.</param>
/// <param name="main">Main, as writers have it open.</param>
internal sealed class PageWriter(EngineFile file, IStorageFile main)
{
    private readonly PageRun _run = new(main, file.PageSize);

    /// <summary>
    /// C2E: pages past the committed end of main are written before the marker. Nobody can see
    /// them, and a full disk shows here, where nothing is committed yet, instead of in the middle
    /// of C5. The sync of C4 covers them; in a sealed file the log has them.
    /// </summary>
    /// <param name="before">What main holds.</param>
    /// <param name="staged">The pages.</param>
    /// <param name="header">The header that goes with them.</param>
    /// <exception cref="StorageFullException">No space; main is as long as before.</exception>
    public void Extend(MainState before, StagedPages staged, in FileHeader header)
    {
        uint committed = before.Header.PageCount;
        if (header.PageCount <= committed)
        {
            return;
        }

        long length = main.GetLength();
        try
        {
            uint next = committed;
            _run.Begin(staged.Count);
            foreach ((PageNumber page, byte[] image) in staged.Images(committed, uint.MaxValue))
            {
                FillWithZeros(next, page.Value);
                _run.Add(page, image);
                next = page.Value + 1;
            }

            _run.Flush();
            FillWithZeros(next, header.PageCount);
        }
        catch (StorageFullException)
        {
            main.SetLength(length);
            throw;
        }
        finally
        {
            _run.End();
        }
    }

    /// <summary>
    /// C5: pages within the committed end, and the header sector. Never the marker (R-G6).
    /// </summary>
    /// <inheritdoc cref="Extend"/>
    public void Write(MainState before, StagedPages staged, in FileHeader header)
    {
        _run.Begin(staged.Count);
        try
        {
            foreach ((PageNumber page, byte[] image) in staged.Images(0, before.Header.PageCount))
            {
                _run.Add(page, image);
            }

            _run.Flush();
        }
        finally
        {
            _run.End();
        }

        if (header != before.Header)
        {
            Span<byte> sector = stackalloc byte[MainFormat.SectorBytes];
            header.WriteTo(sector);
            main.Write(MainFormat.HeaderOffset, sector);
            if (file.Plants(PlantedBug.MarkerInHeaderImage))
            {
                RecoveryProtocol.WriteMarker(main, before.Marker);
            }
        }
    }

    /// <summary>Pages that were allocated and freed again take their space all the same.</summary>
    private void FillWithZeros(uint from, uint to)
    {
        byte[] zeros = from < to ? new byte[file.PageSize] : [];
        for (uint page = from; page < to; page++)
        {
            main.Write(MainFormat.OffsetOf(new PageNumber(page), file.PageSize), zeros);
        }
    }
}
