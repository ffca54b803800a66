namespace Quire;

/// <summary>
/// A write found no space: the device is full, or a quota or size limit is reached. Unlike other
/// I/O failures it does not stop the open file: the transaction is rolled back and the file goes
/// on.
/// </summary>
public sealed class StorageFullException : IOException
{
    /// <summary>
    /// Makes the error; the message names the file, the offset and the number of bytes.
    /// </summary>
    public StorageFullException(string message, int hresult = 0, Exception? inner = null)
        : base(message, inner)
    {
        if (hresult != 0)
        {
            HResult = hresult;
        }
    }
}
