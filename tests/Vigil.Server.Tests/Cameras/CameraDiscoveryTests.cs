using System.Net;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Tests.Cameras;

public sealed class CameraDiscoveryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_camera_that_answers_on_the_network_is_found_once_and_one_that_names_another_host_is_not()
    {
        if (LanAddress() is not { } lan)
        {
            Assert.Skip("This machine has no network interface with multicast.");
            return;
        }

        using var camera = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        camera.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        camera.Bind(new IPEndPoint(IPAddress.Any, 3702));
        camera.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("239.255.255.250"), lan));
        var answering = AnswerAsync(camera, lan);
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        using var answer = await home.Client.PostAsJsonAsync("/api/v1/cameras/discover", new { }, Cancel);
        var found = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).EnumerateArray().Where(c => c.GetProperty("model").GetString() == "DS-TEST").ToList();

        if (found.Count == 0 && !answering.IsCompleted)
        {
            Assert.Skip("This machine does not deliver multicast to itself.");
        }

        found.ShouldHaveSingleItem().GetProperty("host").GetString().ShouldBe(lan.ToString());
        found[0].GetProperty("name").GetString().ShouldBe("Nursery");
        found[0].GetProperty("suggestedAddresses")[0].GetString().ShouldBe($"rtsp://{lan}:554/Streaming/Channels/101");
    }

    /// <summary>Completes with the first answer.</summary>
    private static async Task AnswerAsync(Socket camera, IPAddress lan)
    {
        var buffer = new byte[4096];
        var probe = await camera.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Cancel);
        foreach (var host in new[] { "192.0.2.1", lan.ToString(), lan.ToString() })
        {
            await camera.SendToAsync(Encoding.UTF8.GetBytes($"""
                <e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches>
                <d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Nursery onvif://www.onvif.org/hardware/DS-TEST onvif://www.onvif.org/mfr/Hikvision</d:Scopes>
                <d:XAddrs>http://{host}:8080/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>
                """), probe.RemoteEndPoint);
        }
    }

    private static IPAddress? LanAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.OperationalStatus == OperationalStatus.Up && n.SupportsMulticast && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Select(u => u.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);
}
