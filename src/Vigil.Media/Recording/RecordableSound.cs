using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>A camera's sound as it goes to disk: AAC and Opus as they come, G.711 as Opus, because MP4 has no G.711 that players take.</summary>
internal sealed class RecordableSound(MediaBus bus) : IDisposable
{
    private OpusTranscoder? transcoder;
    private TrackFormat? input;

    /// <summary>Null for a camera without sound, or with sound that cannot be kept.</summary>
    public TrackFormat? Format => bus.Audio switch
    {
        null => null,
        { Codec: Codec.PcmA or Codec.PcmU } telephone => OpusTranscoder.CanTranscode(telephone) ? For(telephone).Format : null,
        var other => IsRecordable(other) ? other : null,
    };

    /// <summary>Whether a decoder of this format has its configuration.</summary>
    public static bool IsRecordable(TrackFormat format) => format.Codec == Codec.Mjpeg || !format.Config.IsEmpty;

    /// <summary>Takes a frame of G.711 and hands on the packets of Opus that are complete.</summary>
    public void Transcode(MediaFrame telephone, Action<MediaFrame> take)
    {
        if (!OpusTranscoder.CanTranscode(telephone.Format))
        {
            return;
        }

        var opusOf = For(telephone.Format);
        opusOf.Push(telephone);
        while (opusOf.TryTake(out var opus))
        {
            take(opus);
        }
    }

    /// <summary>Forgets the unfinished packet. The next frame begins afresh.</summary>
    public void Dispose()
    {
        transcoder?.Dispose();
        transcoder = null;
    }

    private OpusTranscoder For(TrackFormat telephone)
    {
        if (transcoder is null || !telephone.Equals(input))
        {
            transcoder?.Dispose();
            transcoder = new OpusTranscoder(telephone);
            input = telephone;
        }

        return transcoder;
    }
}
