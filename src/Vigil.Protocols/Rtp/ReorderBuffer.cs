namespace Vigil.Protocols.Rtp;

/// <summary>
/// Puts the packets of one UDP track back in order and knows which to ask for again. Packets come out as soon as all before them
/// came, or were given up. Indices are extended (ROC ‖ sequence number). Time is an argument; bounded in packets and in time.
/// </summary>
public sealed class ReorderBuffer
{
    /// <summary>Packets kept at most: two seconds of a 4 Mbit/s picture.</summary>
    public const int Capacity = 1024;

    /// <summary>Where packets overtake each other, nothing is asked for before the usual lateness has passed; at most this.</summary>
    private static readonly TimeSpan LongestTolerance = TimeSpan.FromMilliseconds(30);

    /// <summary>A question may be lost too: it is repeated once before its answer could be here. Senders answer it once.</summary>
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asked again after a round trip and this: what arrives while the answer is on its way was not lost.</summary>
    private static readonly TimeSpan RetryMargin = TimeSpan.FromMilliseconds(10);

    /// <summary>A round trip of a home's Wi-Fi that is taken for true until one was measured, and the longest that is believed.</summary>
    private static readonly TimeSpan FirstRoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRoundTrip = TimeSpan.FromMilliseconds(300);

    /// <summary>A missing packet is given up after this: past it, a key frame is the better cure.</summary>
    private readonly TimeSpan patience;

    private readonly Slot[] slots = new Slot[Capacity];
    private TimeSpan tolerance;
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

    /// <summary>Takes a packet; false when it is too late or a duplicate.</summary>
    /// <param name="index">ROC ‖ sequence number.</param>
    /// <param name="packet">Kept until taken.</param>
    /// <param name="now">Arrival.</param>
    /// <param name="retransmitted">It came because we asked for it, not late by itself.</param>
    public bool Add(ulong index, byte[] packet, TimeSpan now, bool retransmitted = false)
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

        var late = index < end;
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

        if (!late)
        {
            tolerance -= tolerance / 256;
        }
        else if (!retransmitted)
        {
            var lateness = now - slot.Since;
            tolerance = lateness > LongestTolerance ? LongestTolerance : lateness > tolerance ? lateness : tolerance;
        }
        else if (slot.Asked is 1 or 2)
        {
            // Asked in one go and answered: no doubt which question the answer belongs to (as in Karn's algorithm, RFC 6298 §3).
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
            var due = slot.Asked switch
            {
                0 => slot.Since + tolerance,
                1 => slot.AskedAt + RepeatInterval,
                _ => slot.AskedAt + RoundTrip + RetryMargin,
            };
            if (now >= due)
            {
                slot = slot with { AskedAt = slot.Asked == 1 ? slot.AskedAt : now, Asked = slot.Asked + 1 };
                missing[count++] = (ushort)index;
            }
        }

        return count;
    }

    private readonly record struct Slot(byte[]? Packet, TimeSpan Since, TimeSpan AskedAt, int Asked);
}
