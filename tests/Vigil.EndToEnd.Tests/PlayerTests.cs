using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

public sealed class PlayerTests
{
    /// <summary>A network that lets no media through: the server's addresses lead nowhere, by UDP as by TCP (RFC 5737 keeps 192.0.2.0/24 empty).</summary>
    private const string NoMediaPath =
        """
        const real = RTCPeerConnection.prototype.setRemoteDescription;
        RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
          const sdp = answer.sdp.replace(/^a=candidate:(\S+ \S+ \S+ \S+) \S+ \d+/gm, 'a=candidate:$1 192.0.2.1 9');
          return real.call(this, { type: answer.type, sdp });
        };
        """;

    [Fact]
    public async Task A_picture_comes_by_WebRTC_with_its_sound_and_the_page_says_so()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.LivePicture(Home.Room).ShouldMove();
        await page.GetByRole(AriaRole.Link, new() { Name = Home.Room }).ClickAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        await Assertions.Expect(page.GetByText("640 × 360 · WebRTC")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("live 0.")).ToBeVisibleAsync();
        await page.Screenshot("webrtc");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sound off" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sound on" })).ToBeVisibleAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        await page.LivePicture(Home.Room).Locator("video").WaitUntil("v => !v.muted && v.srcObject?.getAudioTracks().length === 1");
        await Assertions.Expect(page.GetByText("· WebRTC")).ToBeVisibleAsync();
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task Where_the_network_lets_no_media_through_the_picture_comes_another_way_by_itself_and_the_page_says_which()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.Context.AddInitScriptAsync(NoMediaPath);
        await page.GotoAsync($"/app/cameras/{home.CameraId}");
        await page.LivePicture(Home.Room).ShouldMove();
        await Assertions.Expect(page.GetByText("(WebRTC does not get through this network)")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sound off" }).ClickAsync();
        await Assertions.Expect(page.GetByText("· MSE (WebRTC does not get through this network)")).ToBeVisibleAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        await page.Screenshot("without-webrtc");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_picture_whose_WebRTC_stops_goes_on_another_way_and_returns_to_WebRTC_when_that_works_again()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();
        await page.Context.AddInitScriptAsync(
            """
            const Real = RTCPeerConnection;
            window.peers = [];
            window.RTCPeerConnection = function (...given) { const peer = new Real(...given); window.peers.push(peer); return peer; };
            """);
        await page.GotoAsync($"/app/cameras/{home.CameraId}");
        await Assertions.Expect(page.GetByText("640 × 360 · WebRTC")).ToBeVisibleAsync();
        await page.LivePicture(Home.Room).ShouldMove();

        await page.EvaluateAsync("() => window.peers.at(-1).close()");
        await Assertions.Expect(page.GetByText("(WebRTC stopped)")).ToBeVisibleAsync();
        await page.LivePicture(Home.Room).ShouldMove();
        await Assertions.Expect(page.GetByText("640 × 360 · WebRTC", new() { Exact = false })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await page.LivePicture(Home.Room).ShouldMove();
        home.ShouldHaveBeenWell();
    }
}
