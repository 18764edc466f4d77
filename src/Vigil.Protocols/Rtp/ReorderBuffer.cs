namespace Vigil.Protocols.Rtp;

/// <summary>
/// Puts the packets of one UDP track back in order and knows which to ask for again. Packets come out as soon as all before them
/// came, or were given up. Indices are extended (ROC ‖ sequence number). Time is an argument; bounded in packets and in time.
/// </summary>
public sealed class ReorderBuffer
{
    /// <summary>Packets kept at most: two seconds of a 4 Mbit/s picture.</summary>
    public const int Capacity = 1024;

    /// <summary>A packet that overtook another by less than this needs no NACK: Wi-Fi does it all the time.</summary>
    private static readonly TimeSpan ReorderTolerance = TimeSpan.FromMilliseconds(10);

    /// <summary>Asked again after a round trip and this: what arrives while the answer is on its way was not lost.</summary>
    private static readonly TimeSpan RetryMargin = TimeSpan.FromMilliseconds(10);

    /// <summary>A round trip of a home's Wi-Fi that is taken for true until one was measured, and the longest that is believed.</summary>
    private static readonly TimeSpan FirstRoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRoundTrip = TimeSpan.FromMilliseconds(300);

    /// <summary>A missing packet is given up after this: past it, a key frame is the better cure.</summary>
    private readonly TimeSpan patience;

    private readonly Slot[] slots = new Slot[Capacity];
    private ulong next;
    private ulong end;
    private bool started;

    /// <param name="patience">How long a missing packet may hold up those behind it.</param>
    public ReorderBuffer(TimeSpan patience) => this.patience = patience;

    /// <summary>Packets given up for lost.</summary>
    public long Lost { get; private set; }

    /// <summary>From asking to answer, smoothed: the only round trip that a receiver can see by itself.</summary>
    public TimeSpan RoundTrip { get; private set; } = FirstRoundTrip;

    /// <summary>Packets awaited at this moment.</summary>
    public int Missing { get; private set; }

    /// <summary>Takes a packet; false when it is too late, a duplicate, or too far ahead.</summary>
    public bool Add(ulong index, byte[] packet, TimeSpan now)
    {
        if (!started)
        {
            started = true;
            next = end = index;
        }

        if (index < next)
        {
            return false;
        }

        if (index >= next + Capacity)
        {
            // The sender jumped, or everything was lost for seconds: begin anew there.
            Lost += (long)(index - next);
            Array.Clear(slots);
            next = end = index;
            Missing = 0;
        }

        for (; end <= index; end++)
        {
            slots[end % Capacity] = new Slot(null, now, default, 0);
            Missing++;
        }

        ref var slot = ref slots[index % Capacity];
        if (slot.Packet is not null)
        {
            return false;
        }

        if (slot.Asked == 1)
        {
            // Asked once and answered: no doubt which question the answer belongs to (as in Karn's algorithm, RFC 6298 §3).
            var measured = now - slot.AskedAt;
            RoundTrip += ((measured < LongestRoundTrip ? measured : LongestRoundTrip) - RoundTrip) / 8;
        }

        slot = slot with { Packet = packet };
        Missing--;
        return true;
    }

    /// <summary>The next packet in order, or false while one is awaited.</summary>
    public bool TryTake(TimeSpan now, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out byte[] packet)
    {
        while (next < end)
        {
            ref var slot = ref slots[next % Capacity];
            packet = slot.Packet;
            if (packet is null && now - slot.Since < patience)
            {
                return false;
            }

            slot = default;
            next++;
            if (packet is not null)
            {
                return true;
            }

            Lost++;
            Missing--;
        }

        packet = null;
        return false;
    }

    /// <summary>Sequence numbers to ask for now, ascending; each comes again after a while until it arrives or is given up.</summary>
    public int CollectMissing(TimeSpan now, Span<ushort> missing)
    {
        var count = 0;
        for (var (index, left) = (next, Missing); left > 0 && index < end && count < missing.Length; index++)
        {
            ref var slot = ref slots[index % Capacity];
            if (slot.Packet is not null)
            {
                continue;
            }

            left--;
            if (now >= (slot.Asked == 0 ? slot.Since + ReorderTolerance : slot.AskedAt + RoundTrip + RetryMargin))
            {
                slot = slot with { AskedAt = now, Asked = slot.Asked + 1 };
                missing[count++] = (ushort)index;
            }
        }

        return count;
    }

    private readonly record struct Slot(byte[]? Packet, TimeSpan Since, TimeSpan AskedAt, int Asked);
}
