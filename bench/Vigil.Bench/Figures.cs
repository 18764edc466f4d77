using Vigil.Bench.Harness;
using Vigil.Bench.Health;
using Vigil.Bench.Hearing;
using Vigil.Bench.Ingest;
using Vigil.Bench.Live;
using Vigil.Bench.Recording;
using Vigil.Bench.Signalling;
using Vigil.Bench.WebRtc;

namespace Vigil.Bench;

/// <summary>Every figure, in the order of the report.</summary>
public static class Figures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new LiveLatency(),
        new WebRtcLatency(),
        new WebRtcWeather(),
        new WebRtcNarrow(),
        new WebRtcFanout(),
        new WebRtcSoak(),
        new SignallingCost(),
        new IngestCost(),
        new RecordingCost(),
        new KillPoints(),
        new ServerKillPoints(),
        new ClipSpeed(),
        new RecordingHour(),
        new TimelineSeek(),
        new HourExport(),
        new TerabyteIndex(),
        new HearingCost(),
        new CryAlert(),
        new HealthCost(),
    ];
}
