namespace Vigil.Protocols.Codecs;

/// <summary>
/// One access unit of video or one frame of audio. Immutable and shared by every subscriber: nobody may write to
/// <see cref="Payload"/>, whose framing is described at <see cref="Codec"/>.
/// </summary>
public sealed class MediaFrame
{
    public required TrackFormat Format { get; init; }

    /// <summary>Presentation time.</summary>
    public required MediaTime Pts { get; init; }

    /// <summary>Decoding time; equals <see cref="Pts"/> without B-frames and for audio. Strictly increasing per track.</summary>
    public required MediaTime Dts { get; init; }

    /// <summary>A decoder may start here: IDR, or recovery point of an IRAP. Always true for audio and JPEG.</summary>
    public required bool IsKeyFrame { get; init; }

    /// <summary>When the picture was taken or the sound was heard, as well as the ingest can tell (see docs/design/time.md).</summary>
    public required DateTimeOffset WallClock { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    public TrackKind Kind => Format.Kind;
}
