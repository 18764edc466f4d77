using System.Security.Cryptography;
using Vigil.Protocols.Codecs;

namespace Vigil.Testing;

/// <summary>Plays a camera's clip to one viewer: at its pace, for ever.</summary>
internal sealed class FakeCameraPlayer
{
    private static readonly TimeSpan StallPoll = TimeSpan.FromMilliseconds(20);
    private static readonly long ReportEvery = 5 * 90_000;

    private readonly FakeCamera camera;
    private readonly Func<ReadOnlyMemory<byte>, CancellationToken, Task> send;
    private readonly RtpPacketizer? video;
    private readonly RtpPacketizer? audio;
    private readonly TimeProvider time = TimeProvider.System;
    private readonly MemoryStream output = new();
    private long reported = -1;

    public FakeCameraPlayer(FakeCamera camera, IReadOnlyList<byte> channels, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send)
    {
        this.camera = camera;
        this.send = send;
        video = channels.Count > 0 ? new RtpPacketizer(channels[0], 96, 0x1111_1111) : null;
        audio = channels.Count > 1 ? new RtpPacketizer(channels[1], 97, 0x2222_2222) : null;
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            var started = time.GetTimestamp();
            for (long offset = 0; ;)
            {
                var clip = camera.Clip;
                foreach (var frame in clip.Frames)
                {
                    var due = TimeSpan.FromSeconds((offset + frame.Dts) / 90_000.0);
                    var wait = due - time.GetElapsedTime(started);
                    if (wait > TimeSpan.Zero)
                    {
                        await FlushAsync(cancel);
                        await Task.Delay(wait, time, cancel);
                    }

                    while (camera.Faults.Stalled)
                    {
                        await Task.Delay(StallPoll, time, cancel);
                    }

                    Write(clip, frame, offset);
                }

                await FlushAsync(cancel);
                offset += clip.Length;
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The viewer left.
        }
    }

    private async Task FlushAsync(CancellationToken cancel)
    {
        if (output.Length > 0)
        {
            await send(output.ToArray(), cancel);
            output.SetLength(0);
        }
    }

    private void Write(Clip clip, ClipFrame frame, long offset)
    {
        var faults = camera.Faults;
        if (faults.Noise)
        {
            output.Write(RandomNumberGenerator.GetBytes(2000));
            return;
        }

        if (faults.StrayBytes)
        {
            output.Write("\r\n\0\0"u8);
        }

        var at = offset + frame.Pts + faults.TimestampJump;
        if (frame.Kind == TrackKind.Audio)
        {
            (faults.Soundless ? null : audio)?.WriteAac(output, frame.Parts[0].Span, (uint)(at * clip.Audio!.ClockRate / 90_000));
            return;
        }

        var timestamp = (uint)(at + 0x7FFF_0000); // Crosses the sign, and after a day the wrap.
        Report(offset + frame.Dts, timestamp, at, clip);
        WritePicture(clip, frame, timestamp, faults);
    }

    private void WritePicture(Clip clip, ClipFrame frame, uint timestamp, MediaFaults faults)
    {
        var h265 = clip.Video.Codec == Codec.H265;
        if (faults.EmptyUnits)
        {
            output.Write([(byte)'$', 0, 0, 0]);
            video!.WritePacket(output, default, default, timestamp, marker: false);
        }

        if (frame.IsKeyFrame && !faults.NoParameterSets)
        {
            foreach (var set in clip.ParameterSets)
            {
                video!.WriteNal(output, set, timestamp, faults.MarkerAlways, h265);
            }
        }

        for (var i = 0; i < frame.Parts.Count; i++)
        {
            var last = i == frame.Parts.Count - 1;
            video!.WriteNal(output, frame.Parts[i].Span, timestamp, faults.MarkerAlways || (last && !faults.MarkerNever), h265);
        }
    }

    private void Report(long position, uint timestamp, long at, Clip clip)
    {
        if (reported >= 0 && position - reported < ReportEvery)
        {
            return;
        }

        reported = position;
        video!.WriteSenderReport(output, time.GetUtcNow(), timestamp);
        if (clip.Audio is { } sound)
        {
            audio?.WriteSenderReport(output, time.GetUtcNow(), (uint)(at * sound.ClockRate / 90_000));
        }
    }
}
