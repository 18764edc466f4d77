namespace Vigil.EndToEnd.Tests;

/// <summary>A real browser on the roads that the engine's own tests walk with a client of ours.</summary>
public sealed class RoadTests
{
    /// <summary>Asks for the picture by WHEP and keeps only those of the server's addresses that match; tells what arrived, and how.</summary>
    private const string Watch = """
        async ([url, keep]) => {
          const video = document.createElement('video');
          video.muted = video.autoplay = true;
          document.body.append(video);
          const pc = new RTCPeerConnection();
          pc.addTransceiver('video', { direction: 'recvonly' });
          pc.ontrack = e => { video.srcObject = new MediaStream([e.track]); };
          await pc.setLocalDescription(await pc.createOffer());
          const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: pc.localDescription.sdp });
          const lines = (await answer.text()).split('\r\n');
          const sdp = lines.filter(line => !line.startsWith('a=candidate') || new RegExp(keep).test(line)).join('\r\n');
          await pc.setRemoteDescription({ type: 'answer', sdp });
          for (let frames = 0; frames < 20; frames++) await new Promise(seen => video.requestVideoFrameCallback(seen));
          const stats = [...(await pc.getStats()).values()];
          const transport = stats.find(s => s.type === 'transport');
          const pair = stats.find(s => s.id === transport.selectedCandidatePairId);
          const there = stats.find(s => s.id === pair.remoteCandidateId);
          const lost = stats.find(s => s.type === 'inbound-rtp').packetsLost;
          const cipher = transport.srtpCipher;
          pc.close();
          const ended = (await fetch(answer.headers.get('Location'), { method: 'DELETE' })).status;
          return { protocol: there.protocol, address: there.address, width: video.videoWidth, lost, cipher, ended };
        }
        """;

    [Fact]
    public async Task A_browser_whose_network_blocks_UDP_sees_the_camera_by_TCP_and_one_with_IPv6_by_that()
    {
        await using var home = await Home.WithCamera();
        var page = await home.OpenWall();

        foreach (var (keep, protocol, address) in new[] { (" tcp .* 127\\.0\\.0\\.1 ", "tcp", "127.0.0.1"), (" udp .* ::1 ", "udp", "::1"), (" tcp .* ::1 ", "tcp", "::1") })
        {
            var seen = (await page.EvaluateAsync(Watch, new[] { $"/api/v1/cameras/{home.CameraId}/whep", keep }))!.Value;
            seen.GetProperty("protocol").GetString().ShouldBe(protocol);
            seen.GetProperty("address").GetString().ShouldBe(address);
            seen.GetProperty("width").GetInt32().ShouldBePositive();
            seen.GetProperty("lost").GetInt32().ShouldBe(0);
            seen.GetProperty("cipher").GetString().ShouldBe("SRTP_AEAD_AES_128_GCM");
            seen.GetProperty("ended").GetInt32().ShouldBe(200);
        }

        home.ShouldHaveBeenWell();
    }
}
