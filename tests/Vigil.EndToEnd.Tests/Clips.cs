using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

internal static class Clips
{
    /// <summary>Asks somebody else's tools whether the clip of an event is what was promised.</summary>
    public static async Task ShouldHaveAClip(this Home home, JsonNode happened, DateTimeOffset noiseAt)
    {
        var clip = (await home.Owner.Get($"api/v1/events/{happened["id"]}"))["clip"]!;
        var to = DateTimeOffset.Parse((string)clip["to"]!, CultureInfo.InvariantCulture);
        var left = to + TimeSpan.FromSeconds(2) - TimeProvider.System.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            // The post-roll is still being recorded.
            await TimeProvider.System.Delay(left, TestContext.Current.CancellationToken);
        }

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
        var from = DateTimeOffset.Parse((string)clip["from"]!, CultureInfo.InvariantCulture);
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
