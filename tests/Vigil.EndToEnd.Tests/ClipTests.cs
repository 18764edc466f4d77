using Vigil.EndToEnd.Tests.Cameras;

namespace Vigil.EndToEnd.Tests;

public sealed class ClipTests
{
    [Fact]
    public async Task The_clip_of_a_noise_begins_five_seconds_before_it_whatever_the_camera_speaks()
    {
        await using var home = await Home.WithCamera("aac");
        await using var telephone = await RtspCamera.Start("pcma");
        await using var modern = await RtspCamera.Start("opus");
        await using var old = await RtspCamera.Start("pcmu", "jpeg");
        await using var live = await home.Owner.OpenLiveSocket();
        (int Id, RtspCamera Camera)[] cameras =
        [
            (home.CameraId, home.Camera),
            (await home.Add("Kitchen", telephone), telephone),
            (await home.Add("Landing", modern), modern),
            (await home.Add("Hall", old), old), // Recorded as JPEG, and H.264 for whoever plays it.
        ];
        foreach (var (id, _) in cameras)
        {
            await live.Next(m => (string?)m["type"] == "level" && (int?)m["cameraId"] == id, TimeSpan.FromSeconds(20));
        }

        // The rings must hold their seconds of quiet before there is a noise.
        await TimeProvider.System.Delay(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken);
        var noiseAt = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(cameras.Select(c => c.Camera.Loud()));
        await TimeProvider.System.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await Task.WhenAll(cameras.Select(c => c.Camera.Quiet()));

        foreach (var (id, _) in cameras)
        {
            var begun = (await live.Next(m => Home.IsEvent(m, "sound") && (int?)m["event"]!["cameraId"] == id, TimeSpan.FromSeconds(10)))["event"]!;
            ((string?)begun["level"]).ShouldBe("red");
            var finished = await live.Next(
                m => Home.IsEvent(m, "sound") && (int?)m["event"]!["cameraId"] == id && m["event"]!["endedAt"] is not null,
                TimeSpan.FromSeconds(40));
            ((string?)finished["event"]!["id"]).ShouldBe((string?)begun["id"], "One noise is one event.");
            await home.ShouldHaveAClip(finished["event"]!, noiseAt);
        }

        home.ShouldHaveBeenWell();
    }
}
