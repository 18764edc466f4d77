using System.Diagnostics.Metrics;

namespace Vigil.Media;

/// <summary>What the engine loses, for whoever listens to the meter <c>Vigil.Media</c>. Costs nothing while nobody does.</summary>
public static class MediaMeter
{
    public const string Name = "Vigil.Media";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Frames = Meter.CreateCounter<long>(
        "vigil.media.frames_dropped", "{frame}", "Frames lost to a subscriber of the bus because it was too slow.");

    private static readonly Counter<long> Blocks = Meter.CreateCounter<long>(
        "vigil.media.sound_blocks_dropped", "{block}", "Blocks of sound lost to a listener because it was too slow.");

    private static readonly Counter<long> Packets = Meter.CreateCounter<long>(
        "vigil.media.webrtc_packets_dropped", "{packet}", "Packets that a WebRTC viewer never got from us: the kernel had no room, or the viewer was too far behind.");

    internal static void FramesDropped(string subscriber, long count) => Frames.Add(count, new KeyValuePair<string, object?>("subscriber", subscriber));

    internal static void PacketsDropped(string reason, long count) => Packets.Add(count, new KeyValuePair<string, object?>("reason", reason));

    internal static void SoundBlockDropped(string subscriber) => Blocks.Add(1, new KeyValuePair<string, object?>("subscriber", subscriber));
}
