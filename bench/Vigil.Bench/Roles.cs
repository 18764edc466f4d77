using Vigil.Bench.Harness;
using Vigil.Bench.Ingest;
using Vigil.Bench.Signalling;
using Vigil.Bench.WebRtc;

namespace Vigil.Bench;

/// <summary>The parts that this program can play in another process: './Vigil.Bench --role NAME …'.</summary>
public static class Roles
{
    public static IReadOnlyDictionary<string, Func<string[], Task<int>>> All { get; } = new Dictionary<string, Func<string[], Task<int>>>
    {
        ["cameras"] = CameraFarm.Run,
        ["media-host"] = MediaHost.Run,
        ["crowd"] = Crowd.Run,
        ["signal-echo"] = EchoServer.Run,
        ["signal-load"] = SignalLoad.Run,
        ["webrtc"] = WebRtcEngine.Run,
    };
}
