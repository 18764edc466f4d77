using System.Globalization;

namespace Vigil.Media.Ingest;

/// <summary>
/// A made-up camera (<c>test:</c>): a moving picture with a clock, and a hum that turns loud for two seconds in every twenty.
/// One ffmpeg that reads nothing and nobody.
/// </summary>
internal sealed class TestIngest(FfmpegRun ffmpeg) : IIngest
{
    /// <summary>Where Debian's and Ubuntu's font packages put a font that drawtext can use.</summary>
    private static readonly string[] Fonts =
    [
        "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeMono.ttf",
    ];

    public string Name => "ffmpeg";

    public Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel) =>
        ffmpeg.RunAsync(request, sink, InputFor(request), TracksFor(request), feed: null, cancel);

    private static string[] InputFor(StreamRequest request)
    {
        // Two test cameras should not look and sound alike.
        var variant = Variant(request.Address);
        var tone = 440 + (variant * 110);
        return
        [
            .. request.WantVideo ? ["-re", "-f", "lavfi", "-i", Picture(request.Address, variant)] : Array.Empty<string>(),
            .. request.WantAudio
                ?
                [
                    "-re", "-f", "lavfi", "-i",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"aevalsrc=exprs='0.01*sin(2*PI*110*t)+0.002*random(0)+gte(mod(t+{variant * 5},20),17)*lt(mod(t+{variant * 5},20),19)*0.9*sin(2*PI*{tone}*t)':s=16000"),
                ]
                : Array.Empty<string>(),
        ];
    }

    private static string[] TracksFor(StreamRequest request)
    {
        var audioInput = request.WantVideo ? "1:a" : "0:a";
        return
        [
            .. request.WantVideo
                ?
                [
                    "-map", "0:v", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency",
                    "-pix_fmt", "yuv420p", "-threads", "1", "-g", "30", "-b:v", "700k", "-maxrate", "900k", "-bufsize", "900k",
                ]
                : Array.Empty<string>(),
            .. request.WantAudio ? ["-map", audioInput, "-c:a", "aac", "-b:a", "48k", "-ac", "1"] : Array.Empty<string>(),
        ];
    }

    private static string Picture(Uri address, int variant)
    {
        var picture = "testsrc2=size=640x360:rate=15";
        if (variant > 0)
        {
            picture += string.Create(CultureInfo.InvariantCulture, $",hue=h={variant * 60}");
        }

        // The name comes from the address: letters and digits only, because it stands inside a filter description.
        var name = new string([.. address.AbsolutePath.Where(char.IsAsciiLetterOrDigit).Take(20)]);
        return FontFile() is { } font
            ? picture + $",drawtext=fontfile={font}:text='{name} %{{localtime\\:%H\\\\\\:%M\\\\\\:%S}}':fontsize=36:fontcolor=white:box=1:boxcolor=black@0.6:x=12:y=h-52"
            : picture; // It has a timer of its own.
    }

    private static int Variant(Uri address)
    {
        var sum = 0;
        foreach (var letter in address.AbsolutePath)
        {
            sum += letter;
        }

        return sum % 6;
    }

    private static string? FontFile() => Fonts.FirstOrDefault(File.Exists);
}
