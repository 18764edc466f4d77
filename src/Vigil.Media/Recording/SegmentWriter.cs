using System.Buffers;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>
/// One segment file being written: frames wait in memory until <see cref="Cut"/> writes them as one fragment, with one gathered write
/// that copies no media. A write that fails leaves the file as it was and the frames waiting. The file is created by the first cut.
/// </summary>
internal sealed class SegmentWriter(int cameraId, ISegmentDisk disk, TrackFormat? video, TrackFormat? audio) : IDisposable
{
    private const int MaxNameAttempts = 1000;

    private readonly List<ReadOnlyMemory<byte>> buffers = [];
    private readonly List<SegmentTrailer.Head> heads = [];
    private readonly Track?[] tracks = [Track.For(video), Track.For(audio)];
    private MediaTime origin;
    private uint sequence;
    private long length;
    private int frames;
    private DateTimeOffset start = DateTimeOffset.MaxValue;
    private DateTimeOffset end = DateTimeOffset.MinValue;

    public TrackFormat? Video => video;

    public TrackFormat? Audio => audio;

    /// <summary>Null until the first fragment is written.</summary>
    public ISegmentFile? File { get; private set; }

    public SegmentEnd Ended { get; private set; }

    /// <summary>What the index was last told. Belongs to the sync, not to the loop.</summary>
    public SegmentRecord? Durable { get; set; }

    /// <summary>A sync of this file failed.</summary>
    public bool GivenUp { get; set; }

    /// <summary>Decoding time of the first frame; the length of the segment counts from here.</summary>
    public MediaTime? FirstDts { get; private set; }

    /// <summary>Decoding time up to which media has been written.</summary>
    public MediaTime WrittenUntil { get; private set; }

    /// <summary>What has been written; durable after the next sync.</summary>
    public SegmentRecord ToRecord() => new()
    {
        CameraId = cameraId,
        Path = File!.Path,
        Start = start,
        End = end,
        Bytes = length,
        Ended = Ended,
        VideoCodec = video?.CodecString ?? "",
        AudioCodec = audio?.CodecString ?? "",
        Width = video?.Width ?? 0,
        Height = video?.Height ?? 0,
        Frames = frames,
    };

    public void Add(MediaFrame frame)
    {
        var track = tracks[frame.Kind == TrackKind.Video ? 0 : 1];
        if (track is null || (File is not null && frame.Dts < origin))
        {
            return; // Sound so late that it belongs before this file.
        }

        FirstDts ??= frame.Dts;
        track.Pending.Add(frame);
    }

    /// <summary>
    /// Writes what waits as one fragment. The newest frame of a track stays until its duration is known from the next one, but no
    /// longer than until the cut after this; <paramref name="all"/> takes it too.
    /// </summary>
    public void Cut(bool all)
    {
        var first = default(MediaFrame);
        foreach (var track in tracks)
        {
            track?.Choose(all);
            if (track is { Chosen: > 0 } && (first is null || (File is null && track.Pending[0].Dts < first.Dts)))
            {
                first = track.Pending[0];
            }
        }

        if (first is null)
        {
            return;
        }

        var fresh = File is null;
        if (fresh)
        {
            origin = first.Dts;
            var shown = tracks.First(t => t is { Chosen: > 0 })!.Pending[0];
            start = shown.WallClock - (shown.Pts - origin);
            foreach (var track in tracks)
            {
                track?.Start(origin);
            }

            File = CreateFile();
        }

        try
        {
            Write(first, fresh);
        }
        catch
        {
            Undo(fresh);
            throw;
        }

        foreach (var track in tracks)
        {
            if (track is { Chosen: > 0 })
            {
                end = track.EndOfChosen > end ? track.EndOfChosen : end;
                WrittenUntil = track.DecodeEndOfChosen > WrittenUntil ? track.DecodeEndOfChosen : WrittenUntil;
                frames += ReferenceEquals(track, tracks[0] ?? tracks[1]) ? track!.Chosen : 0;
                track.RemoveChosen();
            }
        }
    }

    /// <summary>Writes what is left, and the trailer. Nothing may be added afterwards.</summary>
    public void Finish(SegmentEnd ended)
    {
        Cut(all: true);
        if (File is not null)
        {
            var trailer = new SegmentTrailer(ended, end, heads).ToBytes();
            try
            {
                File.Write(length, [trailer]);
            }
            catch
            {
                Undo(fresh: false);
                throw;
            }

            length += trailer.Length;
        }

        Ended = ended;
    }

    /// <summary>Ends the segment where it stands, without another byte: the disk does not take any.</summary>
    public void Abandon(SegmentEnd ended) => Ended = ended;

    public void Dispose() => File?.Dispose();

    private ISegmentFile CreateFile()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return disk.Create(SegmentPath.For(cameraId, start, attempt));
            }
            catch (FileExistsException) when (attempt < MaxNameAttempts)
            {
                // The clock was set back, or two segments began in one millisecond.
            }
        }
    }

    private void Write(MediaFrame first, bool fresh)
    {
        var head = new ArrayBufferWriter<byte>(1024);
        if (fresh)
        {
            Mp4Init.Write(head, [.. new[] { video, audio }.OfType<TrackFormat>()], new Mp4InitOptions { Created = start });
        }

        var seal = head.WrittenCount;
        head.Advance(head.GetSpan(FragmentSeal.Size)[..FragmentSeal.Size].Length);
        var prft = head.WrittenCount;
        var parts = new TrackSamples[tracks.Count(t => t is { Chosen: > 0 })];
        var count = 0;
        ProducerTime? captured = null;
        var id = 0;
        foreach (var track in tracks)
        {
            id += track is null ? 0 : 1;
            if (track is { Chosen: > 0 })
            {
                parts[count++] = track.TakeChosen(id);
                captured ??= new ProducerTime(id, track.Pending[0].WallClock, track.Timer.ToClock(track.Pending[0].Pts));
            }
        }

        var media = Mp4Fragment.WriteHead(head, sequence + 1, parts, captured);
        var bytes = head.WrittenMemory;
        buffers.Clear();
        buffers.Add(bytes);
        var checksum = FragmentSeal.Add(0, bytes.Span[prft..]);
        foreach (var part in parts)
        {
            foreach (var sample in part.Samples.Span)
            {
                buffers.Add(sample.Payload);
                checksum = FragmentSeal.Add(checksum, sample.Payload.Span);
            }
        }

        FragmentSeal.Write(System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes).Span[seal..], checksum);
        File!.Write(length, buffers);
        buffers.Clear();
        sequence++;
        heads.Add(new SegmentTrailer.Head(length + prft, bytes[prft..^8]));
        length += bytes.Length + media;
    }

    /// <summary>A short write may have left bytes behind the last whole fragment: away with them, as far as the disk lets us.</summary>
    private void Undo(bool fresh)
    {
        buffers.Clear();
        try
        {
            File!.Truncate(length);
            if (fresh)
            {
                var path = File.Path;
                File.Dispose();
                File = null;
                disk.Delete(path);
            }
        }
        catch (IOException)
        {
            // The scan at start-up truncates it.
        }
    }

    /// <summary>The frames of one track that wait to be written.</summary>
    private sealed class Track(TrackFormat format)
    {
        private MediaFrame? heldOver;

        public List<MediaFrame> Pending { get; } = [];

        public SampleTimer Timer { get; private set; } = new(format, default);

        /// <summary>How many of <see cref="Pending"/> go into the fragment that is being cut.</summary>
        public int Chosen { get; private set; }

        public DateTimeOffset EndOfChosen { get; private set; }

        public MediaTime DecodeEndOfChosen { get; private set; }

        public static Track? For(TrackFormat? format) => format is null ? null : new Track(format);

        public void Start(MediaTime origin) => Timer = new SampleTimer(format, origin);

        public void Choose(bool all)
        {
            var waited = Pending.Count > 0 && ReferenceEquals(Pending[^1], heldOver);
            Chosen = all || waited ? Pending.Count : Math.Max(0, Pending.Count - 1);
            heldOver = Pending.Count > Chosen ? Pending[^1] : null;
        }

        public TrackSamples TakeChosen(int id)
        {
            var samples = new Mp4Sample[Chosen];
            for (var i = 0; i < Chosen; i++)
            {
                samples[i] = Timer.Take(Pending[i], i + 1 < Pending.Count ? Pending[i + 1] : null);
            }

            var lasts = MediaTime.FromClock(samples[^1].Duration, format.ClockRate) - MediaTime.Zero;
            EndOfChosen = Pending[Chosen - 1].WallClock + lasts;
            DecodeEndOfChosen = Pending[Chosen - 1].Dts + lasts;
            return new TrackSamples { TrackId = id, BaseDecodeTime = Timer.ToClock(Pending[0].Dts), Samples = samples };
        }

        public void RemoveChosen() => Pending.RemoveRange(0, Chosen);
    }
}
