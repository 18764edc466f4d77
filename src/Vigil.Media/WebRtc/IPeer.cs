namespace Vigil.Media.WebRtc;

/// <summary>
/// What a transport carries: a viewer (WHEP) or a publisher (WHIP). All calls of one transport come one at a time, under its
/// lock; none may wait.
/// </summary>
internal interface IPeer
{
    /// <summary>Keys are agreed and the peer is who it said.</summary>
    void Connected(TimeSpan now);

    /// <summary>A decrypted RTP packet; <paramref name="index"/> is ROC ‖ sequence number.</summary>
    void ReceiveRtp(ReadOnlySpan<byte> packet, ulong index, TimeSpan now);

    /// <summary>A decrypted compound RTCP packet.</summary>
    void ReceiveRtcp(ReadOnlySpan<byte> compound, TimeSpan now);

    /// <summary>About every 100 ms while connected.</summary>
    void Tick(TimeSpan now);

    /// <summary>The transport is gone, for whichever reason. Called once.</summary>
    void Closed();
}
