using System.Globalization;
using Vigil.Media.Ingest;
using Vigil.Media.Live;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>A key frame of a recorded segment.</summary>
public sealed class SegmentPicture
{
    private static readonly TimeSpan DecodePatience = TimeSpan.FromSeconds(5);

    private readonly MediaFrame frame;

    internal SegmentPicture(MediaFrame frame) => this.frame = frame;

    public DateTimeOffset TakenAt => frame.WallClock;

    /// <summary>As JPEG, at most <paramref name="width"/> pixels wide; empty when it cannot be decoded. An <see cref="IOException"/> when ffmpeg cannot be run.</summary>
    public async Task<byte[]> ToJpegAsync(int width, LiveOptions options, TimeProvider time, CancellationToken cancel)
    {
        if (frame.Format.Codec == Codec.Mjpeg)
        {
            return frame.Payload.ToArray();
        }

        var filter = string.Create(CultureInfo.InvariantCulture, $"scale=w='min({width},iw)':h=-2:flags=bilinear");
        await using var child = await ChildProcess.StartAsync(
            JpegEncoder.Command(frame.Format, options, filter, ["-frames:v", "1", "-f", "image2pipe", "pipe:1"]), time);
        using var patience = new CancellationTokenSource(DecodePatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        await child.Input.WriteAsync(new PictureInput().Write(frame), both.Token);
        child.CloseInput();
        using var picture = new MemoryStream();
        await child.Output.CopyToAsync(picture, both.Token);
        return picture.ToArray();
    }
}

/// <summary>Finds pictures in segment files; reads their heads and the bytes of one frame.</summary>
public static class SegmentPictures
{
    /// <summary>The last key frame shown at or before <paramref name="at"/>, else the first; null when the file is gone or has no pictures.</summary>
    public static SegmentPicture? Find(string root, SegmentRecord segment, DateTimeOffset at)
    {
        using var file = PosixSegmentDisk.TryOpenRead(root, segment.Path);
        if (file is null || SegmentIndex.Read(file, verifyTail: false, segment.Open ? segment.Bytes : long.MaxValue) is not { } index
            || index.Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Video) is not { } track)
        {
            return null;
        }

        var times = new SegmentTimes(index);
        (long Offset, int Size, MediaTime Pts)? found = null;
        foreach (var fragment in index.Fragments)
        {
            foreach (var part in fragment.Index.Tracks.Where(t => t.TrackId == track.Id))
            {
                var tick = part.BaseDecodeTime ?? 0;
                var offset = fragment.MoofOffset + part.DataOffset;
                foreach (var sample in part.Samples)
                {
                    var pts = MediaTime.FromClock(tick + sample.CompositionOffset, track.Format.ClockRate);
                    if (sample.IsSync && (found is null || times.WallOf(pts) <= at))
                    {
                        found = (offset, sample.Size, pts);
                    }

                    offset += sample.Size;
                    tick += sample.Duration;
                }
            }
        }

        if (found is not var (from, size, shown))
        {
            return null;
        }

        var payload = new byte[size];
        return file.Read(from, payload) < size ? null : new SegmentPicture(new MediaFrame
        {
            Format = track.Format,
            Pts = shown,
            Dts = shown,
            IsKeyFrame = true,
            WallClock = times.WallOf(shown),
            Payload = payload,
        });
    }
}
