using System.Buffers;

namespace Quire;

/// <summary>
/// Turns keys into bytes whose order is the order that the map is to have, and back.
/// </summary>
/// <remarks>Used by several threads at once; keeps no state.</remarks>
public interface IKeySerializer<T>
{
    /// <summary>
    /// Which kind of bytes it makes; recorded in the file, so that a map is not read as something
    /// else. 1 to 32767 are Quire's own; 0 is never checked.
    /// </summary>
    ushort TypeId { get; }

    /// <summary>Whether all keys have the same length.</summary>
    bool IsFixedLength { get; }

    /// <summary>How many bytes a key takes.</summary>
    int GetLengthBytes(T key);

    /// <summary>Writes a key; the destination has exactly the length that it takes.</summary>
    void Write(T key, Span<byte> destination);

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The bytes are not those of such a key.</exception>
    T Read(ReadOnlySpan<byte> bytes);
}

/// <summary>Turns values into bytes and back.</summary>
/// <remarks>Used by several threads at once; keeps no state.</remarks>
public interface IValueSerializer<T>
{
    /// <summary>As <see cref="IKeySerializer{T}.TypeId"/>.</summary>
    ushort TypeId { get; }

    /// <summary>Appends a value.</summary>
    void Write(T value, IBufferWriter<byte> destination);

    /// <summary>Reads a value.</summary>
    /// <exception cref="FormatException">The bytes are not those of such a value.</exception>
    T Read(ReadOnlySpan<byte> bytes);
}
