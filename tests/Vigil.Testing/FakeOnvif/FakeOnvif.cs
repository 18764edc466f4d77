using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using System.Xml.Linq;

namespace Vigil.Testing.FakeOnvif;

/// <summary>A camera that can be moved by ONVIF, on loopback, or something bad that pretends to be one.</summary>
public sealed class FakeOnvif : IAsyncDisposable
{
    private const string Device = "http://www.onvif.org/ver10/device/wsdl";
    private const string Media = "http://www.onvif.org/ver10/media/wsdl";
    private const string Ptz = "http://www.onvif.org/ver20/ptz/wsdl";
    private const string Schema = "http://www.onvif.org/ver10/schema";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();
    private readonly Channel<string> commands = Channel.CreateUnbounded<string>();
    private readonly Task accepting;

    public FakeOnvif()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Who may move it; nobody needs to sign in when absent.</summary>
    public (string User, string Password)? Credentials { get; init; }

    /// <summary>How far its clock is ahead of ours; tokens more than ten seconds off are refused.</summary>
    public TimeSpan ClockAhead { get; init; }

    /// <summary>The host and port it names for its services; its own when absent.</summary>
    public string? NamedHost { get; init; }

    public bool CanMove { get; init; } = true;

    /// <summary>Instead of an answer, for requests whose body contains the key: bytes as they go on the wire.</summary>
    public Dictionary<string, Func<Stream, CancellationToken, Task>> Instead { get; } = [];

    /// <summary>"ContinuousMove main x=1 y=0 z=", "Stop main", "GotoPreset main door": in order, as they came.</summary>
    public ChannelReader<string> Commands => commands.Reader;

    /// <summary>Every request's path.</summary>
    public List<string> Paths { get; } = [];

    public static byte[] Answer(string status, string body, params string[] headers) => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: application/soap+xml\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n{body}");

    public static string Envelope(string body) => $"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>{body}</s:Body></s:Envelope>";

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener.Stop();
        await accepting;
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var (path, body) = await ReadAsync(stream);
                lock (Paths)
                {
                    Paths.Add(path);
                }

                if (Instead.FirstOrDefault(i => body.Contains(i.Key, StringComparison.Ordinal)).Value is { } instead)
                {
                    await instead(stream, stopped.Token);
                    return;
                }

                var (status, answer) = Reply(body);
                await stream.WriteAsync(Answer(status, Envelope(answer)), stopped.Token);
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException or SocketException or ObjectDisposedException or System.Xml.XmlException)
            {
                // They left, or ask for something else: this camera has no picture.
            }
        }
    }

    private (string Status, string Body) Reply(string body)
    {
        var request = XDocument.Parse(body);
        var asked = request.Descendants(XName.Get("Body", "http://www.w3.org/2003/05/soap-envelope")).First().Elements().First();
        if (asked.Name.LocalName == "GetSystemDateAndTime")
        {
            var now = TimeProvider.System.GetUtcNow() + ClockAhead;
            return ("200 OK", $"<GetSystemDateAndTimeResponse xmlns=\"{Device}\"><SystemDateAndTime><UTCDateTime xmlns=\"{Schema}\"><Time><Hour>{now.Hour}</Hour><Minute>{now.Minute}</Minute><Second>{now.Second}</Second></Time>"
                + $"<Date><Year>{now.Year}</Year><Month>{now.Month}</Month><Day>{now.Day}</Day></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>");
        }

        if (asked.Name.LocalName != "GetCapabilities" && !MayAsk(request))
        {
            return ("400 Bad Request", "<s:Fault xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:ter=\"http://www.onvif.org/ver10/error\">ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">Sender not authorized</s:Text></s:Reason></s:Fault>");
        }

        var host = NamedHost ?? $"127.0.0.1:{Port}";
        switch (asked.Name.LocalName)
        {
            case "GetCapabilities":
                var ptz = CanMove ? $"<PTZ><XAddr>http://{host}/onvif/ptz?a=1</XAddr></PTZ>" : "";
                return ("200 OK", $"<GetCapabilitiesResponse xmlns=\"{Device}\"><Capabilities><x xmlns=\"{Schema}\"><Media><XAddr>http://{host}/onvif/media</XAddr></Media>{ptz}</x></Capabilities></GetCapabilitiesResponse>");
            case "GetProfiles":
                return ("200 OK", $"<m:GetProfilesResponse xmlns:m=\"{Media}\" xmlns:t=\"{Schema}\"><m:Profiles token=\"other\"><t:Name>x</t:Name></m:Profiles><m:Profiles token=\"main\"><t:PTZConfiguration token=\"p\"/></m:Profiles></m:GetProfilesResponse>");
            case "GetPresets":
                return ("200 OK", $"<p:GetPresetsResponse xmlns:p=\"{Ptz}\" xmlns:t=\"{Schema}\"><p:Preset token=\"door\"><t:Name>The door &amp; the cot</t:Name></p:Preset><p:Preset token=\"2\"/></p:GetPresetsResponse>");
            case var command:
                var profile = asked.Element(XName.Get("ProfileToken", Ptz))?.Value;
                var turn = asked.Descendants(XName.Get("PanTilt", Schema)).FirstOrDefault();
                var near = asked.Descendants(XName.Get("Zoom", Schema)).FirstOrDefault();
                commands.Writer.TryWrite(command switch
                {
                    "ContinuousMove" => $"ContinuousMove {profile} x={(string?)turn?.Attribute("x")} y={(string?)turn?.Attribute("y")} z={(string?)near?.Attribute("x")}",
                    "GotoPreset" => $"GotoPreset {profile} {asked.Element(XName.Get("PresetToken", Ptz))?.Value}",
                    _ => $"{command} {profile}",
                });
                return ("200 OK", $"<{command}Response xmlns=\"{Ptz}\"/>");
        }
    }

    private bool MayAsk(XDocument request)
    {
        if (Credentials is not var (user, password))
        {
            return true;
        }

        string? One(string name) => request.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        if (One("Username") != user || One("Nonce") is not { } nonce || One("Created") is not { } created
            || (DateTimeOffset.Parse(created, System.Globalization.CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow() - ClockAhead).Duration() > TimeSpan.FromSeconds(10))
        {
            return false;
        }

#pragma warning disable CA5350 // As the specification has it.
        var digest = SHA1.HashData([.. Convert.FromBase64String(nonce), .. Encoding.UTF8.GetBytes(created), .. Encoding.UTF8.GetBytes(password)]);
#pragma warning restore CA5350
        return One("Password") == Convert.ToBase64String(digest);
    }

    private async Task<(string Path, string Body)> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stopped.Token) == 1)
        {
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var length = lines.Where(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(l => int.Parse(l["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stopped.Token);
        return (lines[0].Split(' ') is [_, var path, ..] ? path : "", Encoding.UTF8.GetString(body));
    }
}
