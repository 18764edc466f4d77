using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

public sealed class NightTests
{
    [Theory]
    [InlineData("aac")]
    [InlineData("pcma")]
    public async Task A_loud_noise_stands_on_every_open_page_and_its_clip_begins_before_it(string audio)
    {
        await using var home = await Home.WithCamera(audio);
        var desk = await home.OpenWall();
        var phone = await home.OpenWall(390, 844);
        await desk.LivePicture(Home.Room).ShouldMove();
        await phone.LivePicture(Home.Room).ShouldMove();
        await using var live = await home.Owner.OpenLiveSocket();
        // The pre-roll ring must have its seconds before the noise is made.
        await live.Next(m => (string?)m["type"] == "level", TimeSpan.FromSeconds(10));
        await TimeProvider.System.Delay(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken);

        var sinceNoise = Stopwatch.StartNew();
        var noiseAt = TimeProvider.System.GetUtcNow();
        await home.Camera.Loud();
        await live.Next(m => Home.IsEvent(m, "sound"), TimeSpan.FromSeconds(10));
        var heard = sinceNoise.Elapsed;
        await Assertions.Expect(desk.Alarms()).ToBeVisibleAsync();
        await Assertions.Expect(phone.Alarms()).ToBeVisibleAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"socket {Home.Seconds(heard)}, pages {Home.Seconds(sinceNoise.Elapsed)}");
        await Assertions.Expect(desk.Alarms().GetByText("Loud noise")).ToBeVisibleAsync();
        await desk.Screenshot("alarm");
        await phone.Screenshot("alarm");

        // The clip can be played at once, while it is still being written.
        await desk.Alarms().GetByRole(AriaRole.Button, new() { Name = "Play clip" }).First.ClickAsync();
        var video = desk.GetByRole(AriaRole.Dialog).GetByLabel("Clip", new() { Exact = true });
        await video.WaitUntil("v => v.currentTime > 0.5 && v.videoWidth === 640", 20_000);
        await desk.Screenshot("clip");

        await TimeProvider.System.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await home.Camera.Quiet();
        var finished = await live.Next(
            m => Home.IsEvent(m, "sound") && (bool?)m["event"]?["clip"]?["ready"] == true, TimeSpan.FromSeconds(40));
        await ShouldBeAClipOf(home, finished["event"]!, noiseAt);

        // Answered on one page, it is answered on all.
        await desk.Keyboard.PressAsync("Escape");
        await desk.Alarms().GetByRole(AriaRole.Button, new() { Name = "Seen" }).First.ClickAsync();
        await Assertions.Expect(phone.Alarms()).ToHaveCountAsync(0);

        home.ShouldHaveBeenWell();
    }

    private static async Task ShouldBeAClipOf(Home home, JsonNode happened, DateTimeOffset noiseAt)
    {
        var clip = happened["clip"]!;
        var file = Path.Combine(home.Server.DataDirectory, "clip.mp4");
        await File.WriteAllBytesAsync(file, await home.Owner.Download((string)clip["url"]!), TestContext.Current.CancellationToken);
        var facts = await MediaFile.Read(file);
        facts.Video.ShouldBe("h264");
        facts.Audio.ShouldNotBeNull();
        facts.Duration.TotalSeconds.ShouldBe((double)clip["durationSeconds"]!, tolerance: 1);

        // Pre-roll, told from the sound itself: five seconds of whisper, then the noise.
        var noise = await MediaFile.FirstNoise(file);
        TestContext.Current.TestOutputHelper?.WriteLine($"clip of {Home.Seconds(facts.Duration)}, noise after {Home.Seconds(noise)}");
        noise.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(4.9));
        noise.ShouldBeLessThan(TimeSpan.FromSeconds(7));
        var from = DateTimeOffset.Parse((string)clip["from"]!, System.Globalization.CultureInfo.InvariantCulture);
        (from + noise - noiseAt).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1.5), "The clip's own clock must agree with the room's.");

        // A player may jump: the middle of the file alone.
        using var request = new HttpRequestMessage(HttpMethod.Get, ((string)clip["url"]!).TrimStart('/'))
        {
            Headers = { Range = new System.Net.Http.Headers.RangeHeaderValue(1000, 1999) },
        };
        using var part = await home.Owner.Send(request);
        part.StatusCode.ShouldBe(System.Net.HttpStatusCode.PartialContent);
        (await part.Content.ReadAsByteArrayAsync()).ShouldBe(File.ReadAllBytes(file)[1000..2000]);
    }
}
