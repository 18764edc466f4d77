using System.Globalization;
using Vigil.Testing;

// The fake camera as a program, for benches and for looking at things by hand:
//   dotnet run --project tests/Vigil.Testing -- [--port N] [--size WxH] [--fps N] [--kbps N] [--silent] [--password P]
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
int Number(string name, int otherwise) => int.TryParse(Option(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

var size = (Option("--size") ?? "1920x1080").Split('x');
var fps = Number("--fps", 25);
var clip = await Clip.MakeAsync(new ClipRecipe
{
    Width = int.Parse(size[0], CultureInfo.InvariantCulture),
    Height = int.Parse(size[1], CultureInfo.InvariantCulture),
    FramesPerSecond = fps,
    KeyFrameEvery = fps * 2,
    Seconds = 8,
    BitrateKbps = Number("--kbps", 4000),
    Constant = true,
    Sound = !args.Contains("--silent"),
});
await using var camera = Option("--password") is { } password
    ? FakeCamera.Start(clip, "camera", password)
    : FakeCamera.Start(clip, Number("--port", 0));
Console.WriteLine(camera.Address);
using var ended = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    ended.Cancel();
};
AppDomain.CurrentDomain.ProcessExit += (_, _) => ended.Cancel();
try
{
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended.Token);
}
catch (OperationCanceledException)
{
    // Asked to end.
}
