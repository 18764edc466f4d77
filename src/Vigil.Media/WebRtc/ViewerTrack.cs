using System.Buffers.Binary;
using System.Security.Cryptography;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Srtp;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One track on its way to one viewer: sequence numbers and rollover counter of its own, beginning at zero rollovers, because a
/// viewer who joins after the source's first wrap could never decrypt anything else (RFC 3711 §3.3.1). Numbers and times go on rising
/// when it begins again with a key frame or changes its source. Under the transport's lock.
/// </summary>
internal sealed class ViewerTrack
{
    /// <summary>What one round may send: fits the receive buffer of a browser's socket.</summary>
    private const int BurstPackets = 100;

    /// <summary>The first picture of a cached group goes as fast as it can; the rest with 50 Mbit/s, which a Wi-Fi takes.</summary>
    private const int CatchUpPackets = 25;
    private const int FirstPicturePackets = 200;

    private readonly PeerTransport transport;
    private readonly byte payloadType;
    private readonly byte retransmissionType;
    private RtpTrackSource source;
    private RtpTrackSource? wanted;
    private long wantedFrom;
    private ViewerClock clock;
    private ulong nextIndex = (ulong)RandomNumberGenerator.GetInt32(1, 1 << 15);
    private ulong retransmissionIndex = (ulong)RandomNumberGenerator.GetInt32(1, 1 << 15);
    private long next = -1;
    private long firstNumber;
    private long caughtUpAt;
    private ulong firstIndex;
    private bool restart;
    private uint packetsSent;
    private uint bytesSent;

    public ViewerTrack(RtpTrackSource source, PeerTransport transport, int payloadType, int retransmissionType)
    {
        this.source = source;
        this.transport = transport;
        this.payloadType = (byte)payloadType;
        this.retransmissionType = (byte)retransmissionType;
    }

    public uint Ssrc { get; } = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public uint RetransmissionSsrc { get; } = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public RtpTrackSource Source => source;

    /// <summary>Number of the playout delay extension; 0 where it was not agreed.</summary>
    public int PlayoutDelayId { get; init; }

    /// <summary>What the extension says.</summary>
    public (TimeSpan Least, TimeSpan Most) Playout { get; set; } = (TimeSpan.Zero, PlayoutChoice.AtOnce);

    private int HeaderLength => RtpPacket.FixedHeaderLength + (PlayoutDelayId != 0 ? PlayoutDelay.BlockLength : 0);

    /// <summary>Nothing was sent yet, because there was no key frame to begin with.</summary>
    public bool IsWaiting => next < 0;

    public bool IsBehind => next >= 0 && next < source.Ring.Next;

    /// <summary>Sends what the ring has and this viewer has not. Only from the source's own task.</summary>
    /// <param name="buffer">64 kB of scratch, shared by all viewers of the source.</param>
    /// <param name="now">To tell a group that is live from one that is old.</param>
    public void Send(Span<byte> buffer, TimeSpan now)
    {
        ChooseStart(now);
        var ring = source.Ring;
        var headerLength = HeaderLength;
        var used = 0;
        var segment = 0;
        var inBatch = 0;
        var budget = next < caughtUpAt && next - firstNumber >= FirstPicturePackets ? CatchUpPackets : BurstPackets;
        for (; budget > 0 && next >= 0 && ring.TryGet(next, out var payload, out var facts); budget--, next++)
        {
            var size = headerLength + payload.Length + SrtpSender.MaxOverhead;

            // Segmentation wants equal sizes; only the last of a batch may be shorter.
            if (used > 0 && (used + size > buffer.Length || inBatch == UdpPort.MaxSegments))
            {
                Flush(buffer, ref used, ref inBatch, segment);
            }

            var room = buffer[used..];
            WriteHeader(room, payloadType, facts.Marker, (ushort)nextIndex, clock.Send(facts), Ssrc);
            payload.CopyTo(room[headerLength..]);
            var length = transport.ProtectRtp(room, headerLength, headerLength + payload.Length, nextIndex++);
            packetsSent++;
            bytesSent += (uint)payload.Length;
            if (inBatch > 0 && length > segment)
            {
                // Longer than those before it: they go alone, and it begins the next batch.
                transport.SendProtected(buffer[..used], segment);
                room[..length].CopyTo(buffer);
                used = 0;
                inBatch = 0;
            }

            segment = inBatch == 0 ? length : segment;
            used += length;
            inBatch++;
            if (length < segment)
            {
                Flush(buffer, ref used, ref inBatch, segment);
            }
        }

        Flush(buffer, ref used, ref inBatch, segment);
    }

    /// <summary>Sends a packet again that the viewer says it lost (RFC 4585 §6.2.1), as RTX where agreed (RFC 4588). From any task.</summary>
    public void Resend(ushort sequence)
    {
        var index = SrtpReceiver.GuessIndex(nextIndex - 1, sequence);
        if (next < 0 || index < firstIndex || index >= nextIndex)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[PacketRing.SlotBytes + 64];
        var offset = HeaderLength + (retransmissionType != 0 ? 2 : 0);
        var length = source.Ring.TryCopy(firstNumber + (long)(index - firstIndex), buffer[offset..], out var facts);
        if (length == 0)
        {
            return;
        }

        if (retransmissionType == 0)
        {
            // The very same packet: same index, same key, same bytes.
            WriteHeader(buffer, payloadType, facts.Marker, sequence, clock.At(facts), Ssrc);
            transport.SendRtp(buffer, HeaderLength, offset + length, index);
            return;
        }

        WriteHeader(buffer, retransmissionType, facts.Marker, (ushort)retransmissionIndex, clock.At(facts), RetransmissionSsrc);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[HeaderLength..], sequence);
        transport.SendRtp(buffer, HeaderLength, offset + length, retransmissionIndex++);
    }

    /// <summary>A sender report for this moment, so that picture and sound stay in step (RFC 3550 §6.4.1); 0 before anything was sent.</summary>
    public int WriteReport(Span<byte> output, DateTimeOffset now)
    {
        if (packetsSent == 0)
        {
            return 0;
        }

        var ahead = (now - source.NewestAt).Ticks * source.ClockRate / TimeSpan.TicksPerSecond;
        return RtcpFeedback.WriteSenderReport(
            output, new SenderReport(Ssrc, NtpTimestamp(now), (uint)(clock.At(source.Newest) + ahead), packetsSent, bytesSent));
    }

    /// <summary>
    /// The viewer lost more than can be sent again: the running group of pictures goes once more, from its key frame. A camera makes no
    /// key frame when asked, and its next one may be seconds away. Happens with the next <see cref="Send"/>.
    /// </summary>
    public void Restart() => restart = true;

    /// <summary>Goes over to another source when that has its next key frame.</summary>
    public void SwitchTo(RtpTrackSource other)
    {
        if (other == source)
        {
            wanted = null;
        }
        else if (wanted != other)
        {
            wanted = other;
            wantedFrom = other.Ring.Next;
        }
    }

    /// <summary>What waited while the road was jammed is late: go on with the newest key frame if there is one.</summary>
    public void Skip()
    {
        if (next >= 0 && source.GroupStart > next)
        {
            MediaMeter.PacketsDropped("behind", source.GroupStart - next);
            JumpTo(source.GroupStart);
        }
    }

    private static ulong NtpTimestamp(DateTimeOffset time)
    {
        var ticks = (ulong)(time - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero)).Ticks;
        return (ticks / TimeSpan.TicksPerSecond << 32) | ((ticks % TimeSpan.TicksPerSecond << 32) / TimeSpan.TicksPerSecond);
    }

    private void WriteHeader(Span<byte> packet, byte type, bool marker, ushort sequence, uint timestamp, uint ssrc)
    {
        packet[0] = (byte)(PlayoutDelayId != 0 ? 0x90 : 0x80);
        packet[1] = (byte)(type | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
        if (PlayoutDelayId != 0)
        {
            PlayoutDelay.Write(packet[RtpPacket.FixedHeaderLength..], PlayoutDelayId, Playout.Least, Playout.Most);
        }
    }

    private void ChooseStart(TimeSpan now)
    {
        if (wanted is not null && wanted.GroupStart >= wantedFrom && wanted.GroupStart >= wanted.Ring.Oldest)
        {
            source = wanted;
            wanted = null;
            JumpTo(source.GroupStart);
        }
        else if (next < 0 || next < source.Ring.Oldest || restart)
        {
            // Behind the oldest: the source ran round the ring while this viewer was catching up.
            if (next >= 0 && next < source.Ring.Oldest)
            {
                MediaMeter.PacketsDropped("behind", source.Ring.Oldest - next);
            }

            next = restart && next >= source.Ring.Oldest ? next : -1;
            var start = source.Kind == TrackKind.Video ? source.GroupStart : source.Ring.Next - 1;
            if (start >= 0 && start >= source.Ring.Oldest && source.IsLive(now))
            {
                JumpTo(start); // Else the group does not fit the ring, or is old: wait for the next key frame.
            }
        }

        restart = false;
    }

    private void JumpTo(long number)
    {
        if (source.Ring.TryGet(number, out _, out var first))
        {
            clock.Jump(first.Frame, source.Newest);
            next = firstNumber = number;
            firstIndex = nextIndex;
            caughtUpAt = source.Ring.Next;
        }
    }

    private void Flush(Span<byte> buffer, ref int used, ref int inBatch, int segment)
    {
        if (used > 0)
        {
            transport.SendProtected(buffer[..used], segment);
        }

        used = 0;
        inBatch = 0;
    }
}
