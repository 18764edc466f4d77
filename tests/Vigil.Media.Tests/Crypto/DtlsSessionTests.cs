using Vigil.Media.Crypto;
using Vigil.Protocols.Srtp;

namespace Vigil.Media.Tests.Crypto;

public sealed class DtlsSessionTests : IDisposable
{
    private static readonly DtlsCertificate OurCertificate = DtlsCertificate.Create(TimeProvider.System.GetUtcNow());
    private static readonly DtlsCertificate TheirCertificate = DtlsCertificate.Create(TimeProvider.System.GetUtcNow());
    private readonly DtlsContext serverContext = new(OurCertificate, DtlsRole.Server);

    public void Dispose() => serverContext.Dispose();

    [Theory]
    [InlineData("SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80", SrtpProfile.AeadAes128Gcm)]
    [InlineData("SRTP_AES128_CM_SHA1_80", SrtpProfile.Aes128CmSha1Tag80)]
    public void Two_peers_agree_on_keys_and_understand_each_other(string profiles, SrtpProfile expected)
    {
        using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client, profiles);
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint);
        using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint);
        Exchange(client, server);

        client.State.ShouldBe(DtlsState.Connected);
        server.State.ShouldBe(DtlsState.Connected);
        server.Profile.ShouldBe(expected);
        var (sender, unusedReceiver) = server.CreateSrtp();
        var (unusedSender, receiver) = client.CreateSrtp();
        using (sender)
        using (receiver)
        using (unusedSender)
        using (unusedReceiver)
        {
            var packet = new byte[12 + 100 + SrtpSender.MaxOverhead];
            packet[0] = 0x80;
            packet[3] = 7;
            packet[50] = 42;
            var length = sender.ProtectRtp(packet, 12, 112, 7);
            packet[50].ShouldNotBe((byte)42);
            receiver.UnprotectRtp(packet.AsSpan(0, length), out var plain, out _).ShouldBe(SrtpError.None);
            plain.ShouldBe(112);
            packet[50].ShouldBe((byte)42);

            var rtcp = new byte[12 + SrtpSender.MaxOverhead];
            byte[] report = [0x80, 201, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
            report.CopyTo(rtcp, 0);
            length = sender.ProtectRtcp(rtcp, 12);
            receiver.UnprotectRtcp(rtcp.AsSpan(0, length), out plain).ShouldBe(SrtpError.None);
            rtcp[..plain].ShouldBe(report);
        }
    }

    [Fact]
    public void A_peer_with_another_certificate_than_it_promised_gets_no_keys()
    {
        using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client);
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint);
        using var server = new DtlsSession(serverContext, OurCertificate.Fingerprint);
        Exchange(client, server);

        server.State.ShouldBe(DtlsState.Failed);
        Should.Throw<InvalidOperationException>(() => server.CreateSrtp());
    }

    [Fact]
    public void Garbage_and_truncated_flights_end_in_nothing_worse_than_a_failed_session()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client);
            using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint);
            using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint);
            client.TryTake(out var hello).ShouldBeTrue();
            var bytes = hello.ToArray();
            if (round % 2 == 0)
            {
                bytes = bytes[..random.Next(bytes.Length)];
            }
            else
            {
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            }

            server.Receive(bytes);
            while (server.TryTake(out var datagram))
            {
                datagram.Length.ShouldBeLessThanOrEqualTo(DtlsSession.MaxDatagram);
            }

            server.State.ShouldBeOneOf(DtlsState.Handshaking, DtlsState.Failed);
        }
    }

    [Fact]
    public void A_goodbye_is_heard()
    {
        using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client);
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint);
        using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint);
        Exchange(client, server);
        client.Close();
        Exchange(client, server);

        server.State.ShouldBe(DtlsState.Closed);
    }

    [Fact]
    public void EVP_and_framework_ciphers_make_the_same_bytes()
    {
        foreach (var profile in new[] { SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1Tag80 })
        {
            var keys = SrtpKeys.Derive(profile, new byte[16], new byte[SrtpKeys.MasterSaltLength(profile)], forRtcp: false);
            using var fast = EvpCiphers.Create(keys);
            using ISrtpCipher plain = profile == SrtpProfile.AeadAes128Gcm ? new FrameworkGcmCipher(keys) : new FrameworkCounterCipher(keys);
            var iv = new byte[profile == SrtpProfile.AeadAes128Gcm ? 12 : 16];
            for (var size = 0; size < 1300; size += 97)
            {
                iv[3]++;
                byte[] a = new byte[size], b = new byte[size];
                byte[] tagA = new byte[SrtpKeys.TagLength(profile)], tagB = new byte[tagA.Length];
                fast.Seal(iv, [1, 2, 3], a, [4], tagA);
                plain.Seal(iv, [1, 2, 3], b, [4], tagB);
                a.ShouldBe(b);
                tagA.ShouldBe(tagB);
                fast.Open(iv, [1, 2, 3], a, [4], tagB).ShouldBeTrue();
                a.ShouldBe(new byte[size]);
                fast.Open(iv, [1, 2, 4], b, [4], tagA).ShouldBeFalse();
            }
        }
    }

    private static void Exchange(DtlsSession client, DtlsSession server)
    {
        for (var moved = true; moved;)
        {
            moved = false;
            while (client.TryTake(out var datagram))
            {
                server.Receive(datagram.ToArray());
                moved = true;
            }

            while (server.TryTake(out var datagram))
            {
                client.Receive(datagram.ToArray());
                moved = true;
            }
        }
    }
}
