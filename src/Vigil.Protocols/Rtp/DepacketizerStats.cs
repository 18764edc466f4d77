namespace Vigil.Protocols.Rtp;

/// <summary>What a depacketizer counted since it began. Plain numbers; read them from the task that pushes packets.</summary>
public sealed class DepacketizerStats
{
    public long Packets { get; internal set; }

    /// <summary>Sequence numbers that never came.</summary>
    public long LostPackets { get; internal set; }

    /// <summary>Packets ignored because they came late or twice.</summary>
    public long LatePackets { get; internal set; }

    /// <summary>Packets whose payload breaks its payload format, of another payload type, or beyond a size limit.</summary>
    public long MalformedPackets { get; internal set; }

    public long Units { get; internal set; }

    public long KeyFrames { get; internal set; }

    /// <summary>Units thrown away: damaged by loss, too big, or before any decoder configuration was known.</summary>
    public long DroppedUnits { get; internal set; }

    /// <summary>Times the marker bit turned out to be wrong, so that only time stamps end an access unit from then on.</summary>
    public long WrongMarkers { get; internal set; }

    /// <summary>Changes of <see cref="Depacketizer.Format"/> after the first.</summary>
    public long FormatChanges { get; internal set; }
}
