namespace Vigil.Media.WebRtc;

/// <summary>
/// The last packets of one track, cut once and shared by all viewers, for sending and for sending again. Packets are numbered
/// from 0 for ever; each viewer maps them to sequence numbers of its own. One writer, which may read freely; everybody else reads
/// through <see cref="TryCopy"/>.
/// </summary>
internal sealed class PacketRing(int capacity)
{
    public const int SlotBytes = 1152;

    private readonly Lock gate = new();
    private byte[] payloads = [];
    private Slot[] slots = [];

    /// <summary>The number that the next packet gets.</summary>
    public long Next { get; private set; }

    /// <summary>The oldest number still here.</summary>
    public long Oldest => Math.Max(0, Next - capacity);

    /// <summary>Appends one payload, given in two parts.</summary>
    public void Add(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, PacketFacts facts)
    {
        lock (gate)
        {
            if (slots.Length == 0)
            {
                // Most cameras use one kind of sound, and most have no second picture.
                payloads = new byte[capacity * SlotBytes];
                slots = new Slot[capacity];
            }

            var at = (int)(Next % capacity);
            slots[at] = new Slot(header.Length + body.Length, facts);
            var room = payloads.AsSpan(at * SlotBytes, SlotBytes);
            header.CopyTo(room);
            body.CopyTo(room[header.Length..]);
            Next++;
        }
    }

    /// <summary>A view of one payload, for the writer's own task only.</summary>
    public bool TryGet(long number, out ReadOnlySpan<byte> payload, out PacketFacts facts)
    {
        payload = default;
        facts = default;
        if (number < Oldest || number >= Next)
        {
            return false;
        }

        var at = (int)(number % capacity);
        payload = payloads.AsSpan(at * SlotBytes, slots[at].Length);
        facts = slots[at].Facts;
        return true;
    }

    /// <summary>A copy of one payload, for any task; 0 when it is no longer here.</summary>
    public int TryCopy(long number, Span<byte> into, out PacketFacts facts)
    {
        lock (gate)
        {
            if (!TryGet(number, out var payload, out facts))
            {
                return 0;
            }

            payload.CopyTo(into);
            return payload.Length;
        }
    }

    private readonly record struct Slot(int Length, PacketFacts Facts);
}

/// <summary>What a packet's header says besides numbers.</summary>
/// <param name="Timestamp">On the track's RTP clock.</param>
/// <param name="Marker">Last packet of an access unit.</param>
/// <param name="Frame">Running number of the access unit.</param>
internal readonly record struct PacketFacts(uint Timestamp, bool Marker, long Frame);
