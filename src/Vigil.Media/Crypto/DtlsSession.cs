using System.Buffers.Binary;
using System.Security.Cryptography;
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
/// One DTLS 1.2 handshake (RFC 6347, RFC 5764) on OpenSSL between memory buffers: datagrams in, datagrams out, no socket. One
/// caller at a time; after each call drain <see cref="TryTake"/>. The fingerprint comparison IS the authentication.
/// </summary>
public sealed unsafe class DtlsSession : IDisposable
{
    /// <summary>What fits every path (1280 bytes of IPv6 less headers, rounded down).</summary>
    public const int MaxDatagram = 1200;

    /// <summary>A browser's first flight is two datagrams; more than this unread at once is a flood.</summary>
    private const int MaxOutgoing = 32 * 1024;

    private const int RecordHeaderLength = 13;
    private static ReadOnlySpan<byte> ExporterLabel => "EXTRACTOR-dtls_srtp"u8;

    private readonly DtlsContext context;
    private readonly string expectedFingerprint;
    private readonly SslHandle ssl;
    private readonly nint incoming;
    private readonly nint outgoing;
    private readonly byte[] flight = new byte[MaxOutgoing];
    private int flightStart;
    private int flightEnd;

    /// <param name="context">Shared settings.</param>
    /// <param name="expectedFingerprint">SHA-256 from the peer's session description, as <see cref="DtlsCertificate.Fingerprint"/> formats it.</param>
    public DtlsSession(DtlsContext context, string expectedFingerprint)
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
        if (context.Role == DtlsRole.Server)
        {
            OpenSsl.SetAcceptState(ssl);
        }
        else
        {
            OpenSsl.SetConnectState(ssl);
            Advance();
        }
    }

    public DtlsState State { get; private set; }

    /// <summary>The profile both sides agreed on; meaningful once connected.</summary>
    public SrtpProfile Profile { get; private set; }

    /// <summary>First byte of a DTLS record on a shared port (RFC 7983 §7).</summary>
    public static bool LooksLikeDtls(ReadOnlySpan<byte> datagram) => datagram.Length >= RecordHeaderLength && datagram[0] is >= 20 and <= 63;

    /// <summary>Feeds one datagram.</summary>
    public void Receive(ReadOnlySpan<byte> datagram)
    {
        if (State is DtlsState.Closed or DtlsState.Failed)
        {
            return;
        }

        OpenSsl.WriteBio(incoming, datagram, datagram.Length);
        Advance();
    }

    /// <summary>Repeats a lost flight when its timer (OpenSSL's own, 1 s doubling) has run out. Call every 100 ms while handshaking.</summary>
    public void Tick()
    {
        if (State == DtlsState.Handshaking)
        {
            OpenSsl.Control(ssl, OpenSsl.ControlDtlsHandleTimeout, 0, 0);
            Advance();
        }
    }

    /// <summary>The next datagram to send, of at most <see cref="MaxDatagram"/> bytes; valid until the next call on this session.</summary>
    public bool TryTake(out ReadOnlySpan<byte> datagram)
    {
        if (flightStart == flightEnd)
        {
            flightStart = 0;
            flightEnd = Math.Max(0, OpenSsl.ReadBio(outgoing, flight, flight.Length));
        }

        // A memory BIO is a byte stream: cut it between records, as many to a datagram as fit.
        var length = 0;
        while (flightStart + length + RecordHeaderLength <= flightEnd)
        {
            var record = RecordHeaderLength + BinaryPrimitives.ReadUInt16BigEndian(flight.AsSpan(flightStart + length + 11));
            if ((length > 0 && length + record > MaxDatagram) || flightStart + length + record > flightEnd)
            {
                break;
            }

            length += record;
        }

        datagram = flight.AsSpan(flightStart, length);
        flightStart = length == 0 ? flightEnd : flightStart + length;
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
            State = DtlsState.Closed;
        }
    }

    public void Dispose() => ssl.Dispose();

    private (SrtpKeys Rtp, SrtpKeys Rtcp) Both(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt) =>
        (SrtpKeys.Derive(Profile, key, salt, forRtcp: false), SrtpKeys.Derive(Profile, key, salt, forRtcp: true));

    private void Advance()
    {
        OpenSsl.ClearErrors();
        if (State == DtlsState.Handshaking)
        {
            var result = OpenSsl.DoHandshake(ssl);
            if (result == 1)
            {
                State = PeerIsWhoItSaid() && TryReadProfile() ? DtlsState.Connected : DtlsState.Failed;
            }
            else if (OpenSsl.GetError(ssl, result) != OpenSsl.ErrorWantRead)
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
