using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.WebRtc;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

/// <summary>A peer that nobody here wrote: aiortc, with libsrtp and counter-mode keys.</summary>
public sealed class PeerTests
{
    [Fact]
    public async Task Aiortc_publishes_a_room_and_another_aiortc_sees_and_hears_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "whip:" }, TestContext.Current.CancellationToken);
        var camera = (await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetInt32();

        var seen = JsonDocument.Parse(await RunAsync(server, home, camera)).RootElement;

        (seen.GetProperty("width").GetInt32(), seen.GetProperty("height").GetInt32()).ShouldBe((320, 240));
        seen.GetProperty("left").GetDouble().ShouldBeGreaterThan(150);
        seen.GetProperty("right").GetDouble().ShouldBeLessThan(60);
        seen.GetProperty("hertz").GetDouble().ShouldBeInRange(430, 450);
        seen.GetProperty("loud").GetDouble().ShouldBeGreaterThan(3000);
        seen.GetProperty("ended").EnumerateArray().Select(status => status.GetInt32()).ShouldBe([200, 200]);
        server.Services.GetRequiredService<WebRtcSessions>().SessionCount.ShouldBe(0);
    }

    [Fact]
    public async Task GStreamers_webrtcbin_is_a_camera_whose_picture_and_sound_arrive()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "whip:" }, TestContext.Current.CancellationToken);
        var camera = (await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetInt32();
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        using var peer = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/python3")
            {
                ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Live", "gst_publisher.py"), new Uri(server.Address, $"/api/v1/cameras/{camera}/whip").ToString(), home.Owner.CookieHeader },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        peer.Start();
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(60)); // Only so that a failure ends.
            (await peer.StandardOutput.ReadLineAsync(patience.Token)).ShouldBe("SENDING");
            var status = (await page.UntilAsync(m => m.GetProperty("type").GetString() == "camera"
                && m.GetProperty("status") is var now && now.GetProperty("state").GetString() == "live"
                && now.GetProperty("video").ValueKind == JsonValueKind.Object && now.GetProperty("audio").ValueKind == JsonValueKind.Object)).GetProperty("status");

            status.GetProperty("video").GetProperty("width").GetInt32().ShouldBe(320);
            status.GetProperty("audio").GetProperty("codec").GetString().ShouldBe("Opus");
            peer.StandardInput.Close();
            (await peer.StandardOutput.ReadLineAsync(patience.Token)).ShouldBe("200");
            await peer.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!peer.HasExited)
            {
                peer.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task<string> RunAsync(TestServer server, TestHousehold home, int camera)
    {
        using var peer = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/python3")
            {
                ArgumentList =
                {
                    Path.Combine(AppContext.BaseDirectory, "Live", "aiortc_peer.py"), server.Address.GetLeftPart(UriPartial.Authority),
                    camera.ToString(System.Globalization.CultureInfo.InvariantCulture), home.Owner.CookieHeader,
                },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        peer.Start();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90)); // Only so that a failure ends.
        try
        {
            var output = peer.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = peer.StandardError.ReadToEndAsync(patience.Token);
            await peer.WaitForExitAsync(patience.Token);
            peer.ExitCode.ShouldBe(0, await errors);
            return await output;
        }
        finally
        {
            if (!peer.HasExited)
            {
                peer.Kill(entireProcessTree: true);
            }
        }
    }
}
