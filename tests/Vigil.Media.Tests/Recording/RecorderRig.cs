using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

/// <summary>A recorder whose clock and steps are the test's: frames arrive when their time comes, a step follows every 400 ms.</summary>
internal sealed class RecorderRig : IAsyncDisposable
{
    public const int Crib = 7;

    private static readonly TimeSpan StepLength = TimeSpan.FromMilliseconds(400);
    private readonly bool ownsRoot;
    private TimeSpan nextStep = StepLength;
    private int steps;

    public RecorderRig(ISegmentDisk? disk = null, TimeSpan? segmentLength = null, long ringBytes = 48 << 20, TimeSpan? preRoll = null)
    {
        Root = Directory.CreateTempSubdirectory("vigil-recorder-").FullName;
        ownsRoot = true;
        Disk = disk ?? new PosixSegmentDisk(Root);
        Recorder = new Recorder(
            new RecorderOptions
            {
                Root = Root,
                ReserveBytes = disk is null ? 0 : 1 << 20,
                ResumeBytes = 1 << 20,
                SegmentLength = segmentLength ?? TimeSpan.FromSeconds(60),
                RingBytes = ringBytes,
            },
            Disk,
            Time,
            NullLoggerFactory.Instance,
            startLoop: false);
        Camera = Recorder.Attach(Crib, Bus, preRoll ?? TimeSpan.FromSeconds(5));
    }

    public string Root { get; }

    public ISegmentDisk Disk { get; }

    public ManualTime Time { get; } = new(SampleFootage.Epoch);

    public MediaBus Bus { get; } = new();

    public Recorder Recorder { get; }

    public CameraRecorder Camera { get; }

    /// <summary>What the index would hold: the newest change per path.</summary>
    public Dictionary<string, SegmentRecord> Index { get; } = [];

    public IReadOnlyList<SegmentRecord> Segments => [.. Index.Values.OrderBy(s => s.Start)];

    /// <summary>Time since the recorder began.</summary>
    public TimeSpan Now => Time.GetUtcNow() - SampleFootage.Epoch;

    /// <summary>Plays frames in real time of the rig's clock, as far as <paramref name="until"/>.</summary>
    public void Play(IEnumerable<MediaFrame> frames, TimeSpan? until = null)
    {
        foreach (var frame in frames)
        {
            if (until is { } end && frame.Dts - MediaTime.Zero >= end)
            {
                break;
            }

            AdvanceTo(frame.Dts - MediaTime.Zero);
            Bus.Publish(frame);
        }

        if (until is { } rest)
        {
            AdvanceTo(rest);
        }
    }

    public void AdvanceTo(TimeSpan to)
    {
        while (nextStep <= to)
        {
            Time.Advance(nextStep - Now);
            nextStep += StepLength;
            Step();
        }

        if (to > Now)
        {
            Time.Advance(to - Now);
        }
    }

    public void Step()
    {
        Recorder.Step();
        if (++steps % 2 == 0)
        {
            Recorder.Sync();
        }

        Learn();
    }

    public async Task<IReadOnlyList<SegmentRecord>> StopAsync()
    {
        await Recorder.DisposeAsync();
        Learn();
        return Segments;
    }

    public string FileOf(SegmentRecord segment) => Path.Combine(Root, segment.Path);

    public async ValueTask DisposeAsync()
    {
        await Recorder.DisposeAsync();
        if (ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private void Learn()
    {
        while (Recorder.Changes.TryRead(out var change))
        {
            if (change.Kind == SegmentChangeKind.Deleted)
            {
                Index.Remove(change.Segment.Path);
            }
            else
            {
                Index[change.Segment.Path] = change.Segment;
            }
        }
    }
}

/// <summary>What ffmpeg thinks of a file.</summary>
internal sealed record ProbedFile(string Video, string Audio, double Start, double Duration, int VideoFrames)
{
    public static ProbedFile Probe(string path)
    {
        var streams = Pairs(SampleFootage.Run(
            "ffprobe", $"-v error -show_entries stream=codec_type,codec_name:format=start_time,duration -of default=nw=1 {path}"));
        var decoded = SampleFootage.Run("ffmpeg", $"-v error -xerror -i {path} -map 0:v? -vsync passthrough -f framehash -hash adler32 -");
        SampleFootage.Run("ffmpeg", $"-v error -xerror -i {path} -map 0:a? -map 0:v? -f null -").ShouldBeEmpty("a decoder complained");
        string video = "", audio = "";
        for (var i = 1; i < streams.Count; i++)
        {
            if (streams[i].Name == "codec_type")
            {
                _ = streams[i].Value == "video" ? video = streams[i - 1].Value : audio = streams[i - 1].Value;
            }
        }

        return new ProbedFile(
            video,
            audio,
            double.Parse(streams.Last(s => s.Name == "start_time").Value, CultureInfo.InvariantCulture),
            double.Parse(streams.Last(s => s.Name == "duration").Value, CultureInfo.InvariantCulture),
            decoded.Split('\n').Count(line => line.StartsWith("0,", StringComparison.Ordinal)));
    }

    private static List<(string Name, string Value)> Pairs(string text) =>
        [.. text.Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal)).Select(l => (l[..l.IndexOf('=', StringComparison.Ordinal)], l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..]))];
}
