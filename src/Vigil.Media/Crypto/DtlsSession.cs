using System.Security.Cryptography;
using Vigil.Protocols.Dtls;
using Vigil.Protocols.Srtp;

namespace Vigil.Media.Crypto;

/// <summary>Where a handshake stands.</summary>
public enum DtlsState
{
    Handshaking,

    /// <summary>Keys are there and the peer's certificate has the fingerprint that its session description promised.</summary>
    Connected,

    /// <summary>The peer said close_notify.</summary>
    Closed,

    /// <summary>Handshake failed, or the certificate is somebody else's. Nothing may ever be sent or believed.</summary>
    Failed,
}

/// <summary>
/// One DTLS 1.2 handshake (RFC 6347, RFC 5764) on OpenSSL between memory buffers: datagrams in, datagrams out, no socket, no clock. One
/// caller at a time; after each call drain <see cref="TryTake"/>. The fingerprint comparison IS the authentication.
/// </summary>
/// <remarks>
/// Lost flights are repeated here and not by OpenSSL, whose timer reads the machine's clock: the same datagrams again. A peer that has
/// seen them drops them as replays (RFC 6347 §4.1.2.6); one that has not takes them as new.
/// </remarks>
public sealed unsafe class DtlsSession : IDisposable
{
    /// <summary>What fits every path (1280 bytes of IPv6 less headers, rounded down).</summary>
    public const int MaxDatagram = 1200;

    /// <summary>RFC 6347 §4.2.4.1 proposes one second and allows less; at home a round trip is a few milliseconds.</summary>
    public static readonly TimeSpan FirstTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>The whole handshake has 15 seconds: silence for most of them would waste it.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Our longest flight (certificate, P-256) has 900 bytes; whatever is longer is not repeated.</summary>
    private const int MaxFlight = 8 * 1024;

    private const int ReadBytes = 4 * 1024;
    private const byte ChangeCipherSpec = 20;
    private const byte Handshake = 22;
    private static ReadOnlySpan<byte> ExporterLabel => "EXTRACTOR-dtls_srtp"u8;

    private readonly DtlsContext context;
    private readonly string expectedFingerprint;
    private readonly SslHandle ssl;
    private readonly nint incoming;
    private readonly nint outgoing;
    private byte[] output = [];
    private int outputStart;
    private int outputEnd;
    private byte[] flight = [];
    private TimeSpan timeout = FirstTimeout;
    private TimeSpan? repeatAt;

    /// <param name="context">Shared settings.</param>
    /// <param name="expectedFingerprint">SHA-256 from the peer's session description, as <see cref="DtlsCertificate.Fingerprint"/> formats it.</param>
    /// <param name="now">Since some beginning; the same one for every call.</param>
    public DtlsSession(DtlsContext context, string expectedFingerprint, TimeSpan now)
    {
        this.context = context;
        this.expectedFingerprint = expectedFingerprint;
        ssl = OpenSsl.New(context.Handle);
        incoming = OpenSsl.NewBio(OpenSsl.MemoryBioMethod());
        outgoing = OpenSsl.NewBio(OpenSsl.MemoryBioMethod());
        if (ssl.IsInvalid || incoming == 0 || outgoing == 0)
        {
            throw new CryptographicException("OpenSSL could not make a session.");
        }

        OpenSsl.SetBio(ssl, incoming, outgoing); // Owned by the session from here on.
        OpenSsl.Control(ssl, OpenSsl.ControlSetMtu, MaxDatagram, 0);
        OpenSsl.SetTimerCallback(ssl, &OpenSsl.NeverByItself);
        if (context.Role == DtlsRole.Server)
        {
            OpenSsl.SetAcceptState(ssl);
        }
        else
        {
            OpenSsl.SetConnectState(ssl);
            Advance(now);
        }
    }

    public DtlsState State { get; private set; }

    /// <summary>The profile both sides agreed on; meaningful once connected.</summary>
    public SrtpProfile Profile { get; private set; }

    /// <summary>First byte of a DTLS record on a shared port (RFC 7983 §7).</summary>
    public static bool LooksLikeDtls(ReadOnlySpan<byte> datagram) => datagram.Length >= DtlsRecords.HeaderLength && datagram[0] is >= 20 and <= 63;

    /// <summary>Feeds one datagram.</summary>
    public void Receive(ReadOnlySpan<byte> datagram, TimeSpan now)
    {
        if (State is DtlsState.Closed or DtlsState.Failed)
        {
            return;
        }

        if (State == DtlsState.Connected && datagram[0] is ChangeCipherSpec or Handshake && now >= repeatAt)
        {
            Repeat(now); // Our last flight was lost, or the peer would not go on shaking hands.
        }

        OpenSsl.WriteBio(incoming, datagram, datagram.Length);
        Advance(now);
    }

    /// <summary>Repeats our last flight when nothing came of it in time: after 250 ms, then after twice as long, up to 2 s. Call every 100 ms.</summary>
    public void Tick(TimeSpan now)
    {
        if (State == DtlsState.Handshaking && now >= repeatAt)
        {
            timeout = timeout < LongestTimeout ? timeout * 2 : LongestTimeout;
            Repeat(now);
        }
    }

    /// <summary>The next datagram to send, of at most <see cref="MaxDatagram"/> bytes; valid until the next call on this session.</summary>
    public bool TryTake(out ReadOnlySpan<byte> datagram)
    {
        // A memory BIO is a byte stream: cut it between records, as many to a datagram as fit.
        var length = DtlsRecords.Cut(output.AsSpan(outputStart, outputEnd - outputStart), MaxDatagram);
        datagram = output.AsSpan(outputStart, length);
        outputStart += length;
        if (length == 0)
        {
            outputStart = outputEnd = 0;
        }

        return length > 0;
    }

    /// <summary>SRTP keys of both directions (RFC 5764 §4.2). Only when connected.</summary>
    public (SrtpSender Sender, SrtpReceiver Receiver) CreateSrtp()
    {
        if (State != DtlsState.Connected)
        {
            throw new InvalidOperationException("No keys before the handshake is through.");
        }

        var saltLength = SrtpKeys.MasterSaltLength(Profile);
        Span<byte> material = stackalloc byte[2 * (SrtpKeys.CipherKeyLength + saltLength)];
        if (OpenSsl.ExportKeyingMaterial(ssl, material, (nuint)material.Length, ExporterLabel, (nuint)ExporterLabel.Length, 0, 0, 0) != 1)
        {
            throw new CryptographicException("OpenSSL exported no keys.");
        }

        var clientKey = material[..16];
        var serverKey = material[16..32];
        var clientSalt = material.Slice(32, saltLength);
        var serverSalt = material.Slice(32 + saltLength, saltLength);
        var server = context.Role == DtlsRole.Server;
        var (sendRtp, sendRtcp) = Both(server ? serverKey : clientKey, server ? serverSalt : clientSalt);
        var (receiveRtp, receiveRtcp) = Both(server ? clientKey : serverKey, server ? clientSalt : serverSalt);
        CryptographicOperations.ZeroMemory(material);
        return (
            new SrtpSender(sendRtp, EvpCiphers.Create(sendRtp), sendRtcp, EvpCiphers.Create(sendRtcp)),
            new SrtpReceiver(receiveRtp, EvpCiphers.Create(receiveRtp), receiveRtcp, EvpCiphers.Create(receiveRtcp)));
    }

    /// <summary>Says close_notify, so that the peer need not wait for its consent to run out.</summary>
    public void Close()
    {
        if (State == DtlsState.Connected)
        {
            _ = OpenSsl.Shutdown(ssl);
            ReadOutput();
            State = DtlsState.Closed;
        }
    }

    public void Dispose() => ssl.Dispose();

    private (SrtpKeys Rtp, SrtpKeys Rtcp) Both(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt) =>
        (SrtpKeys.Derive(Profile, key, salt, forRtcp: false), SrtpKeys.Derive(Profile, key, salt, forRtcp: true));

    private void Advance(TimeSpan now)
    {
        OpenSsl.ClearErrors();
        if (State == DtlsState.Handshaking)
        {
            var result = OpenSsl.DoHandshake(ssl);
            var error = result == 1 ? 0 : OpenSsl.GetError(ssl, result);
            KeepFlight(ReadOutput(), now);
            if (result == 1)
            {
                State = PeerIsWhoItSaid() && TryReadProfile() ? DtlsState.Connected : DtlsState.Failed;
            }
            else if (error != OpenSsl.ErrorWantRead)
            {
                State = DtlsState.Failed;
            }

            return;
        }

        // Nothing but alerts and repeated flights comes after the handshake; application data (data channels) is read and dropped.
        Span<byte> ignored = stackalloc byte[2048];
        int read;
        do
        {
            read = OpenSsl.Read(ssl, ignored, ignored.Length);
        }
        while (read > 0);

        if (OpenSsl.GetError(ssl, read) == OpenSsl.ErrorZeroReturn)
        {
            State = DtlsState.Closed;
        }

        ReadOutput();
    }

    /// <summary>Moves what OpenSSL wants to send into <see cref="output"/>; returns how much came.</summary>
    private int ReadOutput()
    {
        var before = outputEnd;
        Span<byte> chunk = stackalloc byte[ReadBytes];
        while (OpenSsl.ReadBio(outgoing, chunk, chunk.Length) is > 0 and var count)
        {
            Append(chunk[..count]);
        }

        return outputEnd - before;
    }

    /// <summary>A new flight means that the one before has arrived.</summary>
    private void KeepFlight(int length, TimeSpan now)
    {
        if (length == 0)
        {
            return;
        }

        timeout = FirstTimeout;
        repeatAt = length <= MaxFlight ? now + timeout : null;
        flight = output.AsSpan(outputEnd - length, length <= MaxFlight ? length : 0).ToArray();
    }

    private void Repeat(TimeSpan now)
    {
        repeatAt = now + timeout;
        Append(flight);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (outputEnd + bytes.Length > output.Length)
        {
            Array.Resize(ref output, outputEnd + bytes.Length);
        }

        bytes.CopyTo(output.AsSpan(outputEnd));
        outputEnd += bytes.Length;
    }

    private bool PeerIsWhoItSaid()
    {
        var certificate = OpenSsl.GetPeerCertificate(ssl);
        if (certificate == 0)
        {
            return false;
        }

        try
        {
            var length = OpenSsl.EncodeCertificate(certificate, null);
            if (length is <= 0 or > 16 * 1024)
            {
                return false;
            }

            var der = new byte[length];
            fixed (byte* start = der)
            {
                var at = start;
                _ = OpenSsl.EncodeCertificate(certificate, &at);
            }

            return DtlsCertificate.Format(SHA256.HashData(der)).Equals(expectedFingerprint, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            OpenSsl.FreeCertificate(certificate);
        }
    }

    private bool TryReadProfile()
    {
        // struct srtp_protection_profile { const char *name; unsigned long id; } (srtp.h)
        var profile = OpenSsl.GetSelectedSrtpProfile(ssl);
        if (profile == 0)
        {
            return false;
        }

        Profile = (SrtpProfile)(*(nuint*)(profile + sizeof(nint)));
        return Profile is SrtpProfile.AeadAes128Gcm or SrtpProfile.Aes128CmSha1Tag80;
    }
}
