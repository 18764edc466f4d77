namespace Vigil.Protocols.Codecs;

/// <summary>
/// Where payloads are put together: bytes are copied once, from the packet to their final place. Units lie one behind the other in
/// chunks; a chunk is never written again where a unit was taken, and lives as long as one of its units. Not pooled: the group of
/// pictures in a chunk is dropped by everybody at about the same time, and nobody can use a buffer after its return.
/// </summary>
internal sealed class UnitBuffer(int chunkSize)
{
    private byte[] chunk = [];
    private int start;
    private int end;

    public int Length => end - start;

    /// <summary>The unit being put together.</summary>
    public Span<byte> Unit => chunk.AsSpan(start, end - start);

    /// <summary>Room for <paramref name="count"/> bytes at the end of the unit, to be written by the caller at once.</summary>
    public Span<byte> Extend(int count)
    {
        if (count > chunk.Length - end)
        {
            Move(count);
        }

        var room = chunk.AsSpan(end, count);
        end += count;
        return room;
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Extend(bytes.Length));

    public void Truncate(int length) => end = start + length;

    /// <summary>Ends the unit after its first <paramref name="length"/> bytes; what follows becomes the beginning of the next.</summary>
    public ReadOnlyMemory<byte> Take(int length)
    {
        var unit = new ReadOnlyMemory<byte>(chunk, start, length);
        start += length;
        return unit;
    }

    private void Move(int more)
    {
        var length = Length;
        var needed = length + more;
        // Twice what is needed when a unit outgrows a chunk, so that a huge picture is moved a few times and not once a packet.
        var next = GC.AllocateUninitializedArray<byte>(needed > chunkSize / 2 ? Math.Max(chunkSize, needed * 2) : chunkSize);
        Unit.CopyTo(next);
        chunk = next;
        start = 0;
        end = length;
    }
}
