namespace Vigil.Media.Live;

/// <summary>Which stream of a camera.</summary>
public enum LiveQuality
{
    Main,

    /// <summary>The small one; the main stream where a camera has no other.</summary>
    Sub,
}

/// <summary>The picture track a viewer is about to get.</summary>
public sealed record LiveVideo(string CodecString, int Width, int Height);

/// <summary>The sound track a viewer is about to get.</summary>
public sealed record LiveAudio(string CodecString, int Channels, int SampleRate);

/// <summary>The beginning of a live stream, and again whenever a format changes. Immutable, shared by all viewers.</summary>
public sealed class LiveInit
{
    /// <summary>1 for the first; every change of format counts up.</summary>
    public required int Generation { get; init; }

    /// <summary>For <c>MediaSource.isTypeSupported</c>, RFC 6381: <c>video/mp4; codecs="avc1.64001f,opus"</c>.</summary>
    public required string Mime { get; init; }

    public required LiveVideo? Video { get; init; }

    public required LiveAudio? Audio { get; init; }

    /// <summary>The initialisation segment: ftyp and moov.</summary>
    public required ReadOnlyMemory<byte> Segment { get; init; }
}

/// <summary>
/// One picture or one frame of sound as an MP4 fragment: prft, moof and the mdat header in <see cref="Head"/>, then the frame's own
/// bytes, not copied. Immutable, shared by all viewers.
/// </summary>
public sealed class LiveFragment
{
    public required ReadOnlyMemory<byte> Head { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required bool IsVideo { get; init; }

    /// <summary>Playback may begin here.</summary>
    public required bool StartsGroup { get; init; }

    /// <summary>Decoding time since the camera's feed began.</summary>
    public required TimeSpan DecodeTime { get; init; }

    /// <summary>When it was captured.</summary>
    public required DateTimeOffset WallClock { get; init; }

    public int Length => Head.Length + Payload.Length;

    public void CopyTo(Span<byte> into)
    {
        Head.Span.CopyTo(into);
        Payload.Span.CopyTo(into[Head.Length..]);
    }
}
