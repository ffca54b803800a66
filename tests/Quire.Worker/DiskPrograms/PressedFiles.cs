using Quire.CrashLab;

namespace Quire.Worker.DiskPrograms;

/// <summary>
/// Files on a computer where other things happen: after whatever a program does to an entry or
/// hands over from a buffer, somebody else is active.
/// </summary>
internal sealed class PressedFiles(IFiles inner, Action others) : IFiles
{
    public Stream Open(string path, FileMode mode, FileAccess access, int bufferBytes)
    {
        Stream stream = inner.Open(path, mode, access, bufferBytes);
        others();
        return access == FileAccess.Read ? stream : new PressedStream(stream, others);
    }

    public void FlushToDisk(Stream stream)
    {
        inner.FlushToDisk(stream is PressedStream pressed ? pressed.Inner : stream);
        others();
    }

    public bool Exists(string path) => inner.Exists(path);

    public void Delete(string path)
    {
        inner.Delete(path);
        others();
    }

    public void Move(string path, string newPath, bool overwrite)
    {
        inner.Move(path, newPath, overwrite);
        others();
    }

    public void SyncDirectory(string directory)
    {
        inner.SyncDirectory(directory);
        others();
    }

    public IReadOnlyList<string> EnumerateFiles(string directory) =>
        inner.EnumerateFiles(directory);

    /// <summary>A stream whose every write reaches the system at once.</summary>
    private sealed class PressedStream(Stream inner, Action others) : Stream
    {
        public Stream Inner => inner;

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) =>
            inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value)
        {
            inner.SetLength(value);
            others();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            inner.Write(buffer, offset, count);
            inner.Flush();
            others();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                others();
            }

            base.Dispose(disposing);
        }
    }
}
