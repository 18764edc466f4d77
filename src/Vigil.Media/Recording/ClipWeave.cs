using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>
/// A clip's tracks put together anew: the sound alone for an encoder, or the pictures with sound that was encoded. Pure. The times of what
/// stays are not touched.
/// </summary>
internal sealed class ClipWeave
{
    private readonly List<ClipExtent> extents = [];
    private long mediaBytes;

    private ClipWeave()
    {
    }

    public IReadOnlyList<ClipExtent> Extents => extents;

    public long MediaBytes => mediaBytes;

    public IReadOnlyList<MovieTrack> Tracks { get; private set; } = [];

    public static ClipWeave SoundAlone(IReadOnlyList<MovieTrack> tracks, IReadOnlyList<ClipExtent> source)
    {
        var weave = new ClipWeave();
        var sound = tracks.Single(t => t.Formats[0].Kind == TrackKind.Audio);
        var chunks = new List<MovieChunk>();
        foreach (var (chunk, first, _) in Walk(sound))
        {
            chunks.Add(chunk with { Offset = weave.mediaBytes });
            weave.Take(source, chunk.Offset, BytesOf(sound, first, chunk.SampleCount));
        }

        weave.Tracks = [sound with { Chunks = chunks }];
        return weave;
    }

    /// <param name="tracks">The clip's tracks; its old sound is left out.</param>
    /// <param name="source">Where their bytes are.</param>
    /// <param name="file">The number of the file with the encoded sound.</param>
    /// <param name="sound">That sound. It begins with the clip.</param>
    public static ClipWeave WithSound(IReadOnlyList<MovieTrack> tracks, IReadOnlyList<ClipExtent> source, int file, ExportSound sound)
    {
        var weave = new ClipWeave();
        var rate = sound.Format.ClockRate;
        var pictures = tracks.FirstOrDefault(t => t.Formats[0].Kind == TrackKind.Video);
        var pictureChunks = new List<MovieChunk>();
        var soundChunks = new List<MovieChunk>();
        var soundAt = 0L;
        var next = 0;
        if (pictures is not null)
        {
            var zero = pictures.Trim;
            foreach (var (chunk, first, last) in Walk(pictures))
            {
                pictureChunks.Add(chunk with { Offset = weave.mediaBytes });
                weave.Take(source, chunk.Offset, BytesOf(pictures, first, chunk.SampleCount));
                // Up to where the pictures have come, so that a player needs to look at one place only.
                var seconds = (pictures.Samples[last].DecodeTime - zero) / (double)pictures.Timescale;
                AddSound(Math.Min(sound.Frames, (int)Math.Max(0, Math.Ceiling((seconds * rate / ExportSound.FrameSamples) + 1))));
            }
        }

        AddSound(sound.Frames);
        var samples = new MovieSample[sound.Frames];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = new MovieSample((long)i * ExportSound.FrameSamples, ExportSound.FrameBytes, 0, true);
        }

        var track = new MovieTrack
        {
            Formats = [sound.Format],
            Samples = samples,
            Chunks = soundChunks,
            EndTime = (long)samples.Length * ExportSound.FrameSamples,
            Trim = ExportSound.FrameSamples,
        };
        weave.Tracks = pictures is null ? [track] : [pictures with { Chunks = pictureChunks }, track];
        return weave;

        void AddSound(int until)
        {
            if (until <= next)
            {
                return;
            }

            soundChunks.Add(new MovieChunk(weave.mediaBytes, until - next, 0));
            var bytes = (until - next) * ExportSound.FrameBytes;
            next = until;
            weave.Add(file, soundAt, bytes);
            soundAt += bytes;
        }
    }

    private static IEnumerable<(MovieChunk Chunk, int First, int Last)> Walk(MovieTrack track)
    {
        var first = 0;
        foreach (var chunk in track.Chunks)
        {
            yield return (chunk, first, first + chunk.SampleCount - 1);
            first += chunk.SampleCount;
        }
    }

    private static int BytesOf(MovieTrack track, int first, int count)
    {
        var bytes = 0;
        for (var i = first; i < first + count; i++)
        {
            bytes += track.Samples[i].Size;
        }

        return bytes;
    }

    /// <summary>Samples that stand together in the source stand in one extent of it.</summary>
    private void Take(IReadOnlyList<ClipExtent> source, long at, int bytes)
    {
        int low = 0, high = source.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = source[middle].At <= at ? (middle, high) : (low, middle - 1);
        }

        Add(source[low].File, source[low].Offset + (at - source[low].At), bytes);
    }

    private void Add(int file, long offset, int bytes)
    {
        if (extents.Count > 0 && extents[^1] is var last && last.File == file && last.Offset + last.Length == offset)
        {
            extents[^1] = last with { Length = last.Length + bytes };
        }
        else
        {
            extents.Add(new ClipExtent(mediaBytes, file, offset, bytes));
        }

        mediaBytes += bytes;
    }
}
