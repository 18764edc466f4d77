using Vigil.Media.Bus;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.WebRtc;

/// <summary>
/// A parent's voice on its way into one room: one person speaks, the room's devices listen. Nothing runs while nobody listens. Speakers
/// of one line come one after the other.
/// </summary>
public sealed class TalkLine
{
    public TalkLine(TimeProvider time)
    {
        Sink = new StreamSink(Bus, new FeedClock(time));
        Bus.Announce(OpusFormat.Format(channels: 2)); // Devices listen before anybody has spoken.
    }

    internal MediaBus Bus { get; } = new();

    /// <summary>One for all speakers, so that the listeners' timeline goes on from one to the next.</summary>
    internal StreamSink Sink { get; }
}
