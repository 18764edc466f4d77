using System.Globalization;
using System.Text.RegularExpressions;

namespace Vigil.Media.Ingest;

/// <summary>
/// A camera that hangs on this machine: <c>v4l2:/dev/video0?audio=default&amp;size=1280x720&amp;rate=25&amp;kbps=1500</c>. One ffmpeg reads it by Video4Linux,
/// the microphone by ALSA, and makes H.264 and AAC of them. Only for programs that choose the address themselves: a server's users never name a device.
/// </summary>
internal sealed partial class CaptureIngest(FfmpegRun ffmpeg) : IIngest
{
    public const string Scheme = "v4l2";

    public string Name => "ffmpeg";

    public Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var wanted = CaptureRequest.Of(request.Address);
        // One ffmpeg for both, so that lips stay in sync; without a microphone there is only the picture.
        return wanted is null
            ? Task.FromResult(new IngestEnd(FeedFailure.AddressDenied, "A local camera's address is v4l2:/dev/video0, with ?audio=, size=, rate= and kbps= as wanted."))
            : ffmpeg.RunAsync(request, sink, wanted.Input, wanted.Tracks, feed: null, cancel);
    }

    /// <summary>What is asked of ffmpeg. Nothing of it can be taken for another option.</summary>
    internal sealed partial record CaptureRequest(string Device, string? Microphone, string Size, int Rate, int Kbps)
    {
        public string[] Input =>
        [
            "-thread_queue_size", "64", "-f", "v4l2", "-framerate", Text(Rate), "-video_size", Size, "-i", Device,
            .. Microphone is null ? Array.Empty<string>() : ["-thread_queue_size", "512", "-f", "alsa", "-i", Microphone],
        ];

        public string[] Tracks =>
        [
            "-map", "0:v", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
            // Two seconds between key frames: who joins, or has lost one, waits no longer.
            "-g", Text(Rate * 2), "-b:v", $"{Text(Kbps)}k", "-maxrate", $"{Text(Kbps)}k", "-bufsize", $"{Text(Kbps)}k",
            .. Microphone is null ? Array.Empty<string>() : ["-map", "1:a", "-c:a", "aac", "-b:a", "64k", "-ac", "1"],
        ];

        /// <summary>Null when a part of the address is none of ours.</summary>
        public static CaptureRequest? Of(Uri address)
        {
            var (microphone, size, rate, kbps) = ((string?)null, "1280x720", 25, 1500);
            foreach (var part in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = part.IndexOf('=', StringComparison.Ordinal);
                var value = Uri.UnescapeDataString(part[(equals + 1)..]);
                switch (equals < 0 ? "" : part[..equals])
                {
                    case "audio" when MicrophoneName().IsMatch(value):
                        microphone = value;
                        break;
                    case "size" when SizeText().IsMatch(value):
                        size = value;
                        break;
                    case "rate" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out rate) && rate is > 0 and <= 120:
                    case "kbps" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out kbps) && kbps is > 0 and <= 50_000:
                        break;
                    default:
                        return null;
                }
            }

            return DeviceName().IsMatch(address.AbsolutePath) ? new CaptureRequest(address.AbsolutePath, microphone, size, rate, kbps) : null;
        }

        private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

        [GeneratedRegex(@"\A/dev/[A-Za-z0-9/_.-]{1,100}\z", RegexOptions.CultureInvariant)]
        private static partial Regex DeviceName();

        [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_:,.=-]{0,99}\z", RegexOptions.CultureInvariant)]
        private static partial Regex MicrophoneName();

        [GeneratedRegex(@"\A[1-9][0-9]{1,4}x[1-9][0-9]{1,4}\z", RegexOptions.CultureInvariant)]
        private static partial Regex SizeText();
    }
}
