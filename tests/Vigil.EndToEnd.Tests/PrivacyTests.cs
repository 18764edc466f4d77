using System.Globalization;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests;

/// <summary>
/// A browser that holds a WebRTC session by hand and would never end it by itself: media flows past every request, so that the server alone can end it.
/// </summary>
public sealed class PrivacyTests
{
    private const string Watch =
        """
        async (address) => {
          const peer = (window.peer = new RTCPeerConnection());
          peer.addTransceiver('video', { direction: 'recvonly' });
          await peer.setLocalDescription(await peer.createOffer());
          const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: peer.localDescription.sdp });
          if (!answer.ok) throw new Error(`${answer.status}`);
          await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
          window.packets = 0;
          window.packetAt = performance.now();
          const look = async () => {
            for (const one of (await peer.getStats()).values()) {
              if (one.type === 'inbound-rtp' && one.packetsReceived > window.packets) {
                window.packets = one.packetsReceived;
                window.packetAt = performance.now();
              }
            }
            setTimeout(look, 20);
          };
          void look();
        }
        """;

    private const string Flows = "() => window.packets > 200";
    private const string IsSilent = "() => performance.now() - window.packetAt > 3000";

    [Fact]
    public async Task A_pause_ends_a_picture_that_runs_by_WebRTC_at_once_and_a_log_out_within_seconds()
    {
        await using var home = await Home.WithCamera();
        var camera = string.Create(CultureInfo.InvariantCulture, $"api/v1/cameras/{home.CameraId}");
        var page = await home.OpenWall();
        await page.EvaluateAsync(Watch, $"/{camera}/whep");
        await page.WaitForFunctionAsync(Flows);
        var paused = await Ended(page, () => home.Owner.Post($"{camera}/pause", new { paused = true }));

        await using var live = await home.Owner.OpenLiveSocket();
        await home.Owner.Post($"{camera}/pause", new { paused = false });
        await live.Next(m => Home.IsStatus(m, home.CameraId, "live"), TimeSpan.FromSeconds(30));
        await page.EvaluateAsync(Watch, $"/{camera}/whep");
        await page.WaitForFunctionAsync(Flows);
        var signedOut = await Ended(page, () => home.Owner.StatusOf(HttpMethod.Delete, "api/v1/session"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"last packet {paused:0} ms after the pause, {signedOut:0} ms after the log-out was answered"));
        paused.ShouldBeLessThan(2000);
        signedOut.ShouldBeLessThan(10_000);

        home.Expect("401", "409", "WebSocket");
        home.ShouldHaveBeenWell();
    }

    /// <summary>How long after <paramref name="end"/> was answered the last packet came, in milliseconds; negative when it was before that.</summary>
    private static async Task<double> Ended(IPage page, Func<Task> end)
    {
        await end();
        var answered = await page.EvaluateAsync<double>("() => performance.now()");
        await page.WaitForFunctionAsync(IsSilent, null, new() { Timeout = 30_000 });
        return await page.EvaluateAsync<double>("() => window.packetAt") - answered;
    }
}
