using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Testing;

/// <summary>One viewer of a <see cref="FakeCamera"/>.</summary>
internal sealed class FakeCameraConnection(FakeCamera camera, Socket socket)
{
    private Stream stream = new NetworkStream(socket, ownsSocket: true);
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly List<byte> channels = [];
    private string nonce = NewNonce();
    private volatile bool closing;

    public async Task RunAsync()
    {
        await Task.Yield();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(camera.Stopped);
        var playing = Task.CompletedTask;
        try
        {
            if (camera.Certificate is { } certificate)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(certificate);
            }

            while (!closing && await ReadRequestAsync(done.Token) is { } request)
            {
                camera.Requests.Enqueue(request);
                if (await MisbehaveAsync(done.Token))
                {
                    break;
                }

                var method = request.Split(' ')[0];
                await SendAsync(Encoding.UTF8.GetBytes((camera.Manners == Manners.BlankLines ? "\r\n\r\n" : "") + Answer(method, request)), done.Token);
                if (method == "PLAY" && playing.IsCompleted && Authorized(request))
                {
                    playing = new FakeCameraPlayer(camera, channels, SendAsync).RunAsync(done.Token);
                }
                else if (method == "TEARDOWN")
                {
                    break;
                }
            }
        }
        catch (Exception ended) when (ended is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The viewer left, or we reset.
        }
        finally
        {
            await done.CancelAsync();
            await playing.ContinueWith(_ => { }, TaskScheduler.Default);
            await stream.DisposeAsync();
        }
    }

    public void Reset()
    {
        closing = true;
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // Gone before us.
        }
    }

    public void HalfClose()
    {
        camera.Faults.Stalled = true;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Gone before us.
        }
    }

    private async Task<string?> ReadRequestAsync(CancellationToken cancel)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancel) == 1)
        {
            if (text.Length == 0 && one[0] == '$')
            {
                // A receiver report: channel, length, body.
                var head = new byte[3];
                await stream.ReadExactlyAsync(head, cancel);
                await stream.ReadExactlyAsync(new byte[(head[1] << 8) | head[2]], cancel);
                continue;
            }

            text.Append((char)one[0]);
            if (text.Length >= 4 && one[0] == '\n' && text.ToString(text.Length - 4, 4) == "\r\n\r\n")
            {
                return text.ToString();
            }
        }

        return null;
    }

    private async Task<bool> MisbehaveAsync(CancellationToken cancel)
    {
        switch (camera.Manners)
        {
            case Manners.Html:
                const string page = "<html><body>It works!</body></html>";
                await SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: {page.Length}\r\n\r\n{page}"), cancel);
                return true;
            case Manners.EndlessHeader:
                await SendAsync("RTSP/1.0 200 OK\r\nCSeq: 1\r\n"u8.ToArray(), cancel);
                while (true)
                {
                    await SendAsync(Encoding.ASCII.GetBytes($"X-{new string('x', 1000)}: {new string('y', 1000)}\r\n"), cancel);
                }

            case Manners.Noise:
                while (true)
                {
                    await SendAsync(RandomNumberGenerator.GetBytes(4096), cancel);
                }

            case Manners.Mute:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
                return true;
            case Manners.Slow:
                foreach (var letter in "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n"u8.ToArray())
                {
                    await SendAsync(new[] { letter }, cancel);
                    await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
                }

                return true;
            default:
                return false;
        }
    }

    private string Answer(string method, string request)
    {
        var cseq = HeaderOf(request, "CSeq");
        var session = camera.Lies ? "" : "Session: 12345678;timeout=60\r\n";
        if (camera.Manners == Manners.NeverSatisfied || (method != "OPTIONS" && !Authorized(request)))
        {
            nonce = NewNonce();
            return $"RTSP/1.0 401 Unauthorized\r\nCSeq: {cseq}\r\nWWW-Authenticate: {Challenge()}\r\n\r\n";
        }

        if (camera.Manners == Manners.Redirect)
        {
            return $"RTSP/1.0 302 Moved\r\nCSeq: {cseq}\r\nLocation: {camera.RedirectTo}\r\n\r\n";
        }

        switch (method)
        {
            case "OPTIONS":
                return $"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n\r\n";
            case "DESCRIBE" when camera.Manners == Manners.NoSuchStream:
                return $"RTSP/1.0 404 Not Found\r\nCSeq: {cseq}\r\n\r\n";
            case "DESCRIBE":
                var sdp = FakeCameraSdp.Write(camera);
                var basis = camera.Lies ? "rtsp://10.99.99.99:8554/inner/" : $"{camera.Address}/";
                return $"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Base: {basis}\r\nContent-Type: application/sdp\r\nContent-Length: {sdp.Length}\r\n\r\n{sdp}";
            case "SETUP" when camera.Manners == Manners.DatagramOnly:
                return $"RTSP/1.0 461 Unsupported Transport\r\nCSeq: {cseq}\r\n\r\n";
            case "SETUP":
                var channel = (byte)((channels.Count * 2) + (camera.Lies ? 10 : 0));
                channels.Add(channel);
                return $"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{session}Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}\r\n\r\n";
            default:
                return $"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{session}\r\n";
        }
    }

    private bool Authorized(string request)
    {
        if (camera.Username is null)
        {
            return true;
        }

        var header = HeaderOf(request, "Authorization");
        if (camera.Algorithm == "Basic")
        {
            return header == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{camera.Username}:{camera.Password}"));
        }

        var uri = request.Split(' ')[1];
        var secret = Hash($"{camera.Username}:camera:{camera.Password}");
        var wanted = Hash($"{secret}:{nonce}:{Hash($"{request.Split(' ')[0]}:{uri}")}");
        return header.Contains($"response=\"{wanted}\"", StringComparison.Ordinal) && header.Contains($"uri=\"{uri}\"", StringComparison.Ordinal);
    }

    private string Challenge() => camera.Algorithm switch
    {
        "Basic" => "Basic realm=\"camera\"",
        "SHA-256" => $"Digest realm=\"camera\", nonce=\"{nonce}\", algorithm=SHA-256",
        _ => $"Digest realm=\"camera\", nonce=\"{nonce}\"",
    };

    private string Hash(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5351 // What cameras use.
        return Convert.ToHexStringLower(camera.Algorithm == "SHA-256" ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }

    private static string NewNonce() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static string HeaderOf(string request, string name)
    {
        var line = request.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return line is null ? "" : line[(name.Length + 1)..].Trim();
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            await stream.WriteAsync(bytes, cancel);
        }
        finally
        {
            writing.Release();
        }
    }
}
