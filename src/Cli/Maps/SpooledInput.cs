namespace Quire.Cli.Maps;

/// <summary>
/// All of an input before anything is done with it: in memory when it is small, or else in a
/// temporary file.
/// </summary>
internal static class SpooledInput
{
    private const int InMemoryBytes = 1 << 20;

    /// <summary>Reads an input to its end.</summary>
    /// <returns>A stream that can seek, at its beginning.</returns>
    public static Stream Read(Stream input)
    {
        byte[] head = new byte[InMemoryBytes];
        int length = input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (length < head.Length)
        {
            return new MemoryStream(head, 0, length, writable: false);
        }

        var spool = new FileStream(
            Path.GetTempFileName(),
            FileMode.Open,
            FileAccess.ReadWrite,
            FileShare.None,
            bufferSize: 0,
            FileOptions.DeleteOnClose);
        try
        {
            spool.Write(head);
            input.CopyTo(spool);
            spool.Position = 0;
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }
}
