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
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
        using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint, default);
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
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
        using var server = new DtlsSession(serverContext, OurCertificate.Fingerprint, default);
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
            using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
            using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint, default);
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

            server.Receive(bytes, default);
            while (server.TryTake(out var datagram))
            {
                datagram.Length.ShouldBeLessThanOrEqualTo(DtlsSession.MaxDatagram);
            }

            server.State.ShouldBeOneOf(DtlsState.Handshaking, DtlsState.Failed);
        }
    }

    [Theory]
    [InlineData(DtlsContext.DefaultProfiles)]
    [InlineData("SRTP_AES128_CM_SHA1_80")]
    public void A_handshake_gets_through_loss_and_disorder_by_its_own_timer(string profiles)
    {
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client, profiles);
            using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
            using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint, default);
            var toServer = new List<byte[]>();
            var toClient = new List<byte[]>();
            var now = TimeSpan.Zero;

            // A third is lost, a tenth comes twice, and what travels together arrives in any order.
            while ((client.State, server.State) != (DtlsState.Connected, DtlsState.Connected) && now < TimeSpan.FromSeconds(30))
            {
                now += TimeSpan.FromMilliseconds(50);
                client.Tick(now);
                server.Tick(now);
                Collect(client, toServer, random);
                Collect(server, toClient, random);
                Deliver(toServer, server, random, now);
                Deliver(toClient, client, random, now);
                client.State.ShouldNotBe(DtlsState.Failed);
                server.State.ShouldNotBe(DtlsState.Failed);
            }

            server.State.ShouldBe(DtlsState.Connected, $"round {round}");
            client.State.ShouldBe(DtlsState.Connected, $"round {round}");
        }
    }

    [Fact]
    public void A_flight_is_repeated_after_a_quarter_of_a_second_and_then_ever_more_slowly()
    {
        using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client);
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
        var sentAt = new List<int>();
        for (var at = 0; at < 8000; at += 50)
        {
            client.Tick(TimeSpan.FromMilliseconds(at));
            if (client.TryTake(out _))
            {
                sentAt.Add(at);
            }
        }

        sentAt.ShouldBe([0, 250, 750, 1750, 3750, 5750, 7750]);
    }

    [Fact]
    public void A_goodbye_is_heard()
    {
        using var clientContext = new DtlsContext(TheirCertificate, DtlsRole.Client);
        using var client = new DtlsSession(clientContext, OurCertificate.Fingerprint, default);
        using var server = new DtlsSession(serverContext, TheirCertificate.Fingerprint, default);
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

    private static void Collect(DtlsSession from, List<byte[]> network, Random random)
    {
        while (from.TryTake(out var datagram))
        {
            for (var copies = random.Next(100) switch { < 33 => 0, < 43 => 2, _ => 1 }; copies > 0; copies--)
            {
                network.Add(datagram.ToArray());
            }
        }
    }

    private static void Deliver(List<byte[]> network, DtlsSession to, Random random, TimeSpan now)
    {
        var arriving = network.ToArray();
        network.Clear();
        random.Shuffle(arriving);
        foreach (var datagram in arriving)
        {
            to.Receive(datagram, now);
        }
    }

    private static void Exchange(DtlsSession client, DtlsSession server)
    {
        for (var moved = true; moved;)
        {
            moved = false;
            while (client.TryTake(out var datagram))
            {
                server.Receive(datagram.ToArray(), default);
                moved = true;
            }

            while (server.TryTake(out var datagram))
            {
                client.Receive(datagram.ToArray(), default);
                moved = true;
            }
        }
    }
}
