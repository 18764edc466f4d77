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
        using var onvif = new HttpListener();
        var port = FreePort();
        onvif.Prefixes.Add($"http://{lan}:{port}/");
        onvif.Start();
        var streams = ServeStreamsAsync(onvif, lan);
        var answering = AnswerAsync(camera, lan, port);
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);

        using var answer = await home.Client.PostAsJsonAsync("/api/v1/cameras/discover", new { username = "admin", password = "geheim" }, Cancel);
        var found = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).EnumerateArray().Where(c => c.GetProperty("model").GetString() == "DS-TEST").ToList();

        if (found.Count == 0 && !answering.IsCompleted)
        {
            Assert.Skip("This machine does not deliver multicast to itself.");
        }

        found.ShouldHaveSingleItem().GetProperty("host").GetString().ShouldBe(lan.ToString());
        found[0].GetProperty("name").GetString().ShouldBe("Nursery");
        found[0].GetProperty("suggestedAddresses").EnumerateArray().Select(a => a.GetString()).Take(2).ShouldBe(
            [$"rtsp://{lan}:554/h26x?inst=1&h26x=4&line=kLm3QwErTy12ZxCv", $"rtsp://{lan}:554/Streaming/Channels/101"],
            "what the camera itself named comes first, whole, although a part of it is hidden once it is saved");
        onvif.Stop();
        await streams;
    }

    /// <summary>A camera with one profile, whose address has keys that we do not know.</summary>
    private static async Task ServeStreamsAsync(HttpListener onvif, IPAddress lan)
    {
        try
        {
            while (true)
            {
                var context = await onvif.GetContextAsync();
                var asked = await new StreamReader(context.Request.InputStream).ReadToEndAsync(Cancel);
                var body = asked.Contains("GetStreamUri", StringComparison.Ordinal)
                    ? $"<m:GetStreamUriResponse><m:MediaUri><s:Uri>rtsp://{lan}:554/h26x?inst=1&amp;h26x=4&amp;line=kLm3QwErTy12ZxCv</s:Uri></m:MediaUri></m:GetStreamUriResponse>"
                    : "<m:GetProfilesResponse><m:Profiles token=\"p1\"/></m:GetProfilesResponse>";
                context.Response.Close(
                    Encoding.UTF8.GetBytes(
                        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:m=\"http://www.onvif.org/ver10/media/wsdl\""
                        + $" xmlns:s=\"http://www.onvif.org/ver10/schema\"><e:Body>{body}</e:Body></e:Envelope>"),
                    willBlock: false);
            }
        }
        catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Completes with the first answer.</summary>
    private static async Task AnswerAsync(Socket camera, IPAddress lan, int port)
    {
        var buffer = new byte[4096];
        var probe = await camera.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Cancel);
        foreach (var host in new[] { "192.0.2.1", lan.ToString(), lan.ToString() })
        {
            await camera.SendToAsync(Encoding.UTF8.GetBytes($"""
                <e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches>
                <d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Nursery onvif://www.onvif.org/hardware/DS-TEST onvif://www.onvif.org/mfr/Hikvision</d:Scopes>
                <d:XAddrs>http://{host}:{port}/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>
                """), probe.RemoteEndPoint);
        }
    }

    private static IPAddress? LanAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.OperationalStatus == OperationalStatus.Up && n.SupportsMulticast && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Select(u => u.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);
}
