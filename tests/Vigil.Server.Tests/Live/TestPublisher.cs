using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Vigil.Media.Crypto;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Srtp;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Live;

/// <summary>
/// A room phone of our own: WHIP over HTTP, then ICE, DTLS and SRTP over a real socket on loopback. Sends one and the same key frame ten times a
/// second, and G.711 silence.
/// </summary>
internal sealed partial class TestPublisher : IAsyncDisposable
{
    private const int PictureType = 103;
    private const int SoundType = 8;
    private const int PicturesASecond = 10;
    private static readonly byte[] Picture = ReadPicture(File.ReadAllBytes(Path.Combine(Repository.Root, "testdata/codecs/x264-bframes.h264")));
    private static readonly byte[] Silence = [.. Enumerable.Repeat((byte)0xD5, 8000 / PicturesASecond)];

    private readonly DtlsCertificate certificate = DtlsCertificate.Create(TimeProvider.System.GetUtcNow());
    private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stopped = new();
    private readonly Lock gate = new();
    private DtlsContext? context;
    private DtlsSession? dtls;
    private SrtpSender? sender;
    private Task running = Task.CompletedTask;
    private byte[] picture = Picture;
    private string username = "";
    private string password = "";
    private ulong pictureIndex;
    private ulong soundIndex;
    private uint tick;

    private TestPublisher()
    {
    }

    public string Offer => string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
        $"m=video 9 UDP/TLS/RTP/SAVPF {PictureType}", "a=mid:0", "a=ice-ufrag:phone1", "a=ice-pwd:phones-own-password-24-c", "a=setup:actpass",
        "a=fingerprint:sha-256 " + certificate.Fingerprint, "a=sendonly", "a=rtcp-mux",
        $"a=rtpmap:{PictureType} H264/90000", $"a=fmtp:{PictureType} packetization-mode=1;profile-level-id=42e01f", $"a=rtcp-fb:{PictureType} nack",
        $"m=audio 9 UDP/TLS/RTP/SAVPF {SoundType}", "a=mid:1", "a=sendonly", $"a=rtpmap:{SoundType} PCMA/8000", "");

    /// <summary>The session's resource.</summary>
    public string Location { get; private set; } = "";

    /// <summary>Completes when the server has said goodbye.</summary>
    public Task Gone => gone.Task;

    /// <summary>Publishes with a device key, as a phone or encoder does.</summary>
    public static async Task<TestPublisher> StartAsync(TestServer server, int camera, string key, CancellationToken cancel)
    {
        var publisher = new TestPublisher();
        using var answer = await AskAsync(server, camera, key, publisher.Offer, cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(cancel));
        publisher.Location = answer.Headers.Location!.ToString();
        await publisher.ConnectAsync(await answer.Content.ReadAsStringAsync(cancel), cancel);
        publisher.running = Task.WhenAll(publisher.ListenAsync(), publisher.SendAsync());
        return publisher;
    }

    /// <summary>Watches instead (WHEP), as a parent's page does: what comes is let go by.</summary>
    public static async Task<TestPublisher> WatchAsync(HttpClient parent, int camera, CancellationToken cancel)
    {
        var viewer = new TestPublisher();
        using var offer = new StringContent(viewer.Offer.Replace("a=sendonly", "a=recvonly", StringComparison.Ordinal), Encoding.UTF8, "application/sdp");
        using var answer = await parent.PostAsync($"/api/v1/cameras/{camera}/whep", offer, cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(cancel));
        viewer.Location = answer.Headers.Location!.ToString();
        await viewer.ConnectAsync(await answer.Content.ReadAsStringAsync(cancel), cancel);
        viewer.running = Task.WhenAll(viewer.ListenAsync(), viewer.SendAsync(media: false));
        return viewer;
    }

    /// <summary>Only asks; for those who are refused.</summary>
    public static async Task<HttpResponseMessage> AskAsync(TestServer server, int camera, string key, CancellationToken cancel)
    {
        await using var publisher = new TestPublisher();
        return await AskAsync(server, camera, key, publisher.Offer, cancel);
    }

    /// <summary>From now on the first picture of this clip (Annex B) is sent, as by a browser that changes its size in mid-stream.</summary>
    public void Show(byte[] clip)
    {
        var next = ReadPicture(clip);
        lock (gate)
        {
            picture = next;
        }
    }

    /// <summary>As a phone that falls into the bath: nothing more comes, and no goodbye.</summary>
    public async Task VanishAsync()
    {
        await stopped.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await VanishAsync();
        socket.Dispose();
        sender?.Dispose();
        dtls?.Dispose();
        context?.Dispose();
        stopped.Dispose();
    }

    private static async Task<HttpResponseMessage> AskAsync(TestServer server, int camera, string key, string offer, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/cameras/{camera}/whip")
        {
            Content = new StringContent(offer, Encoding.UTF8, "application/sdp"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await server.Client.SendAsync(request, cancel);
    }

    private async Task ConnectAsync(string answer, CancellationToken cancel)
    {
        username = UfragLine().Match(answer).Groups[1].Value + ":phone1";
        password = PasswordLine().Match(answer).Groups[1].Value;
        var port = int.Parse(CandidateLine().Match(answer).Groups[1].Value, CultureInfo.InvariantCulture);
        socket.Connect(IPAddress.Loopback, port);
        Check();
        context = new DtlsContext(certificate, DtlsRole.Client);
        while (!Is(await socket.ReceiveAsync(cancel), StunType.BindingSuccess))
        {
        }

        dtls = new DtlsSession(context, FingerprintLine().Match(answer).Groups[1].Value, default);
        Flush();
        while (dtls.State == DtlsState.Handshaking)
        {
            Take((await socket.ReceiveAsync(cancel)).Buffer);
        }

        dtls.State.ShouldBe(DtlsState.Connected);
        (sender, var receiver) = dtls.CreateSrtp();
        receiver.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (dtls!.State == DtlsState.Connected)
            {
                Take((await socket.ReceiveAsync(stopped.Token)).Buffer);
            }

            gone.TrySetResult();
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task SendAsync(bool media = true)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PicturesASecond), TimeProvider.System);
        try
        {
            do
            {
                if (tick % PicturesASecond == 0)
                {
                    Check(); // Consent (RFC 7675).
                }

                if (!media)
                {
                    tick++;
                    continue;
                }

                lock (gate)
                {
                    H264Packetizer.Packetize(picture, this, static (self, head, body, last) => self.SendRtp(
                        PictureType, 1, self.pictureIndex++, self.tick * (90_000 / PicturesASecond), last, head, body));
                    SendRtp(SoundType, 2, soundIndex++, tick * (8000 / PicturesASecond), false, default, Silence);
                    tick++;
                }
            }
            while (await timer.WaitForNextTickAsync(stopped.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
        }
    }

    private void SendRtp(int type, uint ssrc, ulong index, uint timestamp, bool marker, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Span<byte> packet = stackalloc byte[1500];
        packet[0] = 0x80;
        packet[1] = (byte)(type | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
        head.CopyTo(packet[RtpPacket.FixedHeaderLength..]);
        body.CopyTo(packet[(RtpPacket.FixedHeaderLength + head.Length)..]);
        var length = sender!.ProtectRtp(packet, RtpPacket.FixedHeaderLength, RtpPacket.FixedHeaderLength + head.Length + body.Length, index);
        socket.Client.Send(packet[..length]);
    }

    private void Take(byte[] datagram)
    {
        if (DtlsSession.LooksLikeDtls(datagram))
        {
            dtls!.Receive(datagram, default);
            Flush();
        }
    }

    private void Flush()
    {
        while (dtls!.TryTake(out var datagram))
        {
            socket.Client.Send(datagram);
        }
    }

    private void Check()
    {
        var buffer = new byte[512];
        var writer = new StunWriter(buffer, StunType.BindingRequest, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        writer.Add(StunAttribute.Username, username);
        writer.Add(StunAttribute.IceControlling, 1ul);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.Sign(Encoding.ASCII.GetBytes(password));
        writer.AddFingerprint();
        socket.Client.Send(writer.Written);
    }

    private static bool Is(UdpReceiveResult datagram, StunType type) =>
        StunMessage.TryParse(datagram.Buffer, out var message) == StunParseError.None && message.Type == type;

    /// <summary>The first picture of a clip: parameter sets and a key frame, each behind its length.</summary>
    private static byte[] ReadPicture(byte[] clip)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var unit in AnnexB.Split(clip))
        {
            var kind = unit[0] & 0x1F;
            if (kind is 1)
            {
                break;
            }

            if (kind is 5 or 7 or 8)
            {
                BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), unit.Length);
                output.Advance(4);
                output.Write(unit);
            }
        }

        return output.WrittenSpan.ToArray();
    }

    [GeneratedRegex(@"a=ice-ufrag:(\S+)")]
    private static partial Regex UfragLine();

    [GeneratedRegex(@"a=ice-pwd:(\S+)")]
    private static partial Regex PasswordLine();

    [GeneratedRegex(@"a=fingerprint:sha-256 (\S+)")]
    private static partial Regex FingerprintLine();

    [GeneratedRegex(@"a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host")]
    private static partial Regex CandidateLine();
}
