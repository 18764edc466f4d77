using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>Devices of the signalling contract, played by Debian's aiortc, in our own player: picture and sound go from one to the other.</summary>
public sealed class PrivateCameraTests
{
    private const string OnlyByRelay =
        """
        const Real = RTCPeerConnection;
        window.peers = [];
        window.RTCPeerConnection = function (settings) {
          const peer = new Real({ ...settings, iceTransportPolicy: 'relay' });
          window.peers.push(peer);
          return peer;
        };
        """;

    private const string SelectedPair =
        """
        async () => {
          const stats = await window.peers.at(-1).getStats();
          const pair = stats.get([...stats.values()].find(s => s.type === 'transport').selectedCandidatePairId);
          return stats.get(pair.localCandidateId).candidateType;
        }
        """;

    [Fact]
    public async Task A_device_is_paired_by_its_code_and_either_generation_is_seen_straight_in_the_browser()
    {
        await using var home = await Home.WithOwner();
        await using var first = await Device(home, "device", "crib");
        var page = await home.OpenWall();
        await Pair(home, page, "crib", "Nursery");
        await page.LivePicture("Nursery").ShouldMove();
        await Assertions.Expect(page.GetByText("Private: goes straight to your phone.")).ToBeVisibleAsync();
        await page.LivePicture("Nursery").Locator("video").WaitUntil("v => v.srcObject.getAudioTracks().length === 1");
        await page.Screenshot("private-camera");
        await page.GetByRole(AriaRole.Link, new() { Name = "All cameras" }).ClickAsync();
        await first.WaitForLine(line => line == "ended user_ended", TimeSpan.FromSeconds(15));

        // One that knows no signalling and has its go2rtc asked by HTTP.
        await using var second = await Device(home, "proxying", "cot");
        await Pair(home, page, "cot", "Hall");
        await page.LivePicture("Hall").ShouldMove();
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_browser_that_may_only_use_the_relay_sees_the_device_through_it_and_the_page_says_so()
    {
        await using var home = await Home.WithOwner(relay: true);
        await using var device = await Device(home, "device", "crib");
        var page = await home.OpenWall();
        await page.Context.AddInitScriptAsync(OnlyByRelay);
        await Pair(home, page, "crib", "Nursery");
        await page.LivePicture("Nursery").ShouldMove();
        (await page.EvaluateAsync<string>(SelectedPair)).ShouldBe("relay");
        await Assertions.Expect(page.GetByText("a relay carries them just now, and cannot open them")).ToBeVisibleAsync();
        home.ShouldHaveBeenWell();
    }

    private static async Task<RunningProgram> Device(Home home, string generation, string id)
    {
        var program = RunningProgram.Start(
            id, "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "Cameras", "aiortc_signalling.py"), generation, home.Server.Address.GetLeftPart(UriPartial.Authority), id]);
        await program.WaitForLine(line => line == "ready", TimeSpan.FromSeconds(30));
        return program;
    }

    /// <summary>As with the QR code: the page has the digits already. Ends on the camera's page.</summary>
    private static async Task Pair(Home home, IPage page, string id, string name)
    {
        var code = (string)(await home.Owner.Post($"api/pairing/generate?device_id={id}", new JsonObject()))["code"]!;
        await page.GotoAsync($"{home.Server.Address}app/pair#code={code}");
        await page.GetByLabel("Name (if you like)").FillAsync(name);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pair" }).ClickAsync();
        await page.WaitForURLAsync("**/app/cameras/*");
    }
}
