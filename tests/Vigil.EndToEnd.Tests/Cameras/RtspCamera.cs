using System.Globalization;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests.Cameras;

/// <summary>GStreamer's RTSP server as a camera: H.264 640×360 at 25 frames per second, a tone that can be made loud.</summary>
internal sealed class RtspCamera : IAsyncDisposable
{
    public const string User = "nursery";
    public const string Password = "lullaby-17";

    private readonly string audio;
    private readonly string video;
    private RunningProgram program;
    private int commands;

    private RtspCamera(RunningProgram program, int port, string audio, string video)
    {
        this.program = program;
        this.audio = audio;
        this.video = video;
        Port = port;
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"rtsp://127.0.0.1:{Port}/cam");

    public static async Task<RtspCamera> Start(string audio = "aac", string video = "h264")
    {
        var program = Launch(0, audio, video);
        var ready = await program.WaitForLine(line => line.StartsWith("READY ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        return new RtspCamera(program, int.Parse(ready["READY ".Length..], CultureInfo.InvariantCulture), audio, video);
    }

    public Task Loud() => Command("loud");

    public Task Quiet() => Command("quiet");

    /// <summary>Gone without a word, as when somebody pulls the plug.</summary>
    public Task PullThePlug() => program.Kill();

    /// <summary>The same camera at the same address again.</summary>
    public async Task PlugIn()
    {
        await program.DisposeAsync();
        commands = 0;
        program = Launch(Port, audio, video);
        await program.WaitForLine(line => line.StartsWith("READY ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static RunningProgram Launch(int port, string audio, string video) => RunningProgram.Start(
        "the camera",
        "/usr/bin/python3",
        [
            Path.Combine(AppContext.BaseDirectory, "Cameras", "rtsp_camera.py"),
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--audio", audio,
            "--video", video,
            "--user", User,
            "--password", Password,
        ]);

    private async Task Command(string word)
    {
        var number = ++commands;
        await program.Say(string.Create(CultureInfo.InvariantCulture, $"{number} {word}"));
        // The answer says that the pipeline has the new setting.
        await program.WaitForLine(line => line == string.Create(CultureInfo.InvariantCulture, $"DONE {number}"), TimeSpan.FromSeconds(5));
    }
}
