using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Vigil.Media.Crypto;
using Vigil.Protocols.Srtp;
using Vigil.Protocols.Stun;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>A viewer of our own: full ICE's one check, DTLS as client, SRTP. Speaks to the engine over real sockets on loopback.</summary>
internal sealed partial class TestViewer : IDisposable
{
    private readonly DtlsCertificate certificate = DtlsCertificate.Create(TimeProvider.System.GetUtcNow());
    private readonly byte[] buffer = new byte[2048];
    private TestRoad? road;
    private DtlsContext? context;
    private DtlsSession? dtls;
    private SrtpReceiver? receiver;
    private SrtpSender? sender;
    private string username = "";
    private string password = "";

    public string Offer => string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
        "m=video 9 UDP/TLS/RTP/SAVPF 103 104", "a=mid:0", "a=ice-ufrag:viewer", "a=ice-pwd:viewers-own-password-24", "a=setup:" + Setup,
        "a=fingerprint:sha-256 " + PromisedFingerprint, "a=recvonly", "a=rtcp-mux",
        "a=rtpmap:103 H264/90000", "a=fmtp:103 packetization-mode=1;profile-level-id=42e01f", "a=rtcp-fb:103 nack",
        "a=rtpmap:104 rtx/90000", "a=fmtp:104 apt=103",
        Extension.Length > 0 ? "a=extmap:" + Extension : "a=x",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8", "a=mid:1", "a=recvonly", "a=rtpmap:111 opus/48000/2", "a=rtpmap:8 PCMA/8000", "");

    /// <summary>What the offer says of our certificate; the truth unless set.</summary>
    public string PromisedFingerprint
    {
        get => field ?? certificate.Fingerprint;
        init;
    }

    /// <summary>Who begins the handshake: <c>passive</c> waits for the server to.</summary>
    public string Setup { get; init; } = "actpass";

    /// <summary>What we offer in the handshake.</summary>
    public string Profiles { get; init; } = DtlsContext.DefaultProfiles;

    /// <summary>Of the server's addresses, the one to speak to.</summary>
    public IPAddress Server { get; init; } = IPAddress.Loopback;

    public bool ByTcp { get; init; }

    /// <summary>A header extension that the picture's section offers: number and URI.</summary>
    public string Extension { get; init; } = "";

    public DtlsState State => dtls!.State;

    public TestRoad Road => road!;

    /// <summary>Reads the answer, checks the road, shakes hands.</summary>
    public async Task ConnectAsync(string answer, CancellationToken cancel)
    {
        await CheckAsync(answer, cancel);
        context = new DtlsContext(certificate, Setup == "passive" ? DtlsRole.Server : DtlsRole.Client, Profiles);
        dtls = new DtlsSession(context, FingerprintLine().Match(answer).Groups[1].Value, default);
        await FlushAsync(cancel);
        while (dtls.State == DtlsState.Handshaking)
        {
            var datagram = await road!.ReceiveAsync(cancel);
            if (DtlsSession.LooksLikeDtls(datagram))
            {
                dtls.Receive(datagram, default);
                await FlushAsync(cancel);
            }
        }

        if (dtls.State == DtlsState.Connected)
        {
            (sender, receiver) = dtls.CreateSrtp();
        }
    }

    /// <summary>Opens a road to the answer's candidate and checks it, no more.</summary>
    public async Task CheckAsync(string answer, CancellationToken cancel)
    {
        username = UfragLine().Match(answer).Groups[1].Value + ":viewer";
        password = PasswordLine().Match(answer).Groups[1].Value;
        road = await TestRoad.OpenAsync(ServerIn(answer), ByTcp, cancel);
        await CheckAsync(cancel);
    }

    public IPEndPoint ServerIn(string answer) => CandidateLine().Matches(answer)
        .Where(m => m.Groups[1].Value == (ByTcp ? "tcp" : "udp"))
        .Select(m => new IPEndPoint(IPAddress.Parse(m.Groups[2].Value), int.Parse(m.Groups[3].Value, CultureInfo.InvariantCulture)))
        .Select(end => IPAddress.IsLoopback(Server) && end.Address.Equals(IPAddress.Loopback) ? new IPEndPoint(Server, end.Port) : end)
        .First(end => end.Address.Equals(Server));

    /// <summary>The ClientHello of a handshake that goes no further.</summary>
    public byte[] Hello(string answer)
    {
        context ??= new DtlsContext(certificate, DtlsRole.Client, Profiles);
        dtls = new DtlsSession(context, FingerprintLine().Match(answer).Groups[1].Value, default);
        return dtls.TryTake(out var hello) ? hello.ToArray() : [];
    }

    /// <summary>The next RTP packet, decrypted. RTCP is passed over.</summary>
    public async Task<byte[]> ReceiveRtpAsync(CancellationToken cancel)
    {
        while (true)
        {
            var datagram = await road!.ReceiveAsync(cancel);
            if (datagram[0] >> 6 == 2 && (datagram[1] & 0x7F) is < 64 or > 95
                && receiver!.UnprotectRtp(datagram, out var length, out _) == SrtpError.None)
            {
                return datagram[..length];
            }
        }
    }

    public async Task<byte[]> SendRtcpAsync(ReadOnlyMemory<byte> compound, CancellationToken cancel)
    {
        compound.CopyTo(buffer);
        var length = sender!.ProtectRtcp(buffer, compound.Length);
        await road!.SendAsync(buffer.AsMemory(0, length), cancel);
        return buffer[..length];
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel) => await road!.SendAsync(datagram, cancel);

    public async Task GoodbyeAsync(CancellationToken cancel)
    {
        dtls!.Close();
        await FlushAsync(cancel);
    }

    /// <summary>Walks to another address, as a phone that leaves the Wi-Fi does; says so by a signed check unless told not to.</summary>
    public async Task MoveAsync(bool check, CancellationToken cancel)
    {
        var old = road!;
        road = await TestRoad.OpenAsync(old.Server, ByTcp, cancel);
        old.Dispose();
        if (check)
        {
            await CheckAsync(cancel);
        }
    }

    public async Task CheckAsync(CancellationToken cancel)
    {
        await road!.SendAsync(Request(password), cancel);
        while (!IsSuccess(await road.ReceiveAsync(cancel)))
        {
        }
    }

    /// <summary>A check as a stranger would make it who knows the fragments (they travel in the clear) but not the password.</summary>
    public ReadOnlyMemory<byte> Request(string signedWith)
    {
        var writer = new StunWriter(buffer, StunType.BindingRequest, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        writer.Add(StunAttribute.Username, username);
        writer.Add(StunAttribute.IceControlling, 1ul);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.Sign(Encoding.ASCII.GetBytes(signedWith));
        writer.AddFingerprint();
        return buffer.AsMemory(0, writer.Written.Length);
    }

    public void Dispose()
    {
        road?.Dispose();
        sender?.Dispose();
        receiver?.Dispose();
        dtls?.Dispose();
        context?.Dispose();
    }

    private static bool IsSuccess(byte[] datagram) =>
        StunMessage.TryParse(datagram, out var message) == StunParseError.None && message.Type == StunType.BindingSuccess;

    private async Task FlushAsync(CancellationToken cancel)
    {
        var datagrams = new List<byte[]>();
        while (dtls!.TryTake(out var datagram))
        {
            datagrams.Add(datagram.ToArray());
        }

        foreach (var datagram in datagrams)
        {
            await road!.SendAsync(datagram, cancel);
        }
    }

    [GeneratedRegex(@"a=ice-ufrag:(\S+)")]
    private static partial Regex UfragLine();

    [GeneratedRegex(@"a=ice-pwd:(\S+)")]
    private static partial Regex PasswordLine();

    [GeneratedRegex(@"a=fingerprint:sha-256 (\S+)")]
    private static partial Regex FingerprintLine();

    [GeneratedRegex(@"a=candidate:\d+ 1 (udp|tcp) \d+ (\S+) (\d+) typ host")]
    private static partial Regex CandidateLine();
}
