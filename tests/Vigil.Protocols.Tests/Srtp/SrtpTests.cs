using System.Buffers.Binary;
using Vigil.Protocols.Srtp;

namespace Vigil.Protocols.Tests.Srtp;

public sealed class SrtpTests
{
    private static readonly byte[] MasterKey = Convert.FromHexString("E1F97A0D3E018BE0D64FA32C06DE4139");
    private static readonly byte[] MasterSalt = Convert.FromHexString("0EC675AD498AFEEBB6960B3AABE6");

    public static TheoryData<SrtpProfile> Profiles => [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1Tag80];

    [Fact]
    public void Keys_are_derived_as_in_RFC_3711_appendix_B3()
    {
        var keys = SrtpKeys.Derive(SrtpProfile.Aes128CmSha1Tag80, MasterKey, MasterSalt, forRtcp: false);

        Convert.ToHexString(keys.CipherKey.Span).ShouldBe("C61E7A93744F39EE10734AFE3FF7A087");
        Convert.ToHexString(keys.Salt.Span).ShouldBe("30CBBC08863D8C85D49DB34A9AE1");
        Convert.ToHexString(keys.AuthenticationKey.Span).ShouldBe("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    }

    [Fact]
    public void GCM_protects_RTP_as_in_RFC_7714_section_16()
    {
        // The vectors give session key and salt, so the cipher is fed directly.
        using var cipher = new FrameworkGcmCipher(SessionKeys());
        var packet = Convert.FromHexString(
            "8040F17B8041F8D35501A0B247616C6C696120657374206F6D6E69732064697669736120696E207061727465732074726573");
        var iv = new byte[16];
        var built = SrtpIv.Build(Convert.FromHexString("517569642070726F2071756F"), 0x5501A0B2, 0xF17B, iv);
        Convert.ToHexString(built).ShouldBe("51753C6580C2726F20718414");
        var tag = new byte[16];
        cipher.Seal(built, packet.AsSpan(0, 12), packet.AsSpan(12), default, tag);

        Convert.ToHexString(packet[12..]).ShouldBe(
            "F24DE3A3FB34DE6CACBA861C9D7E4BCABE633BD50D294E6F42A5F47A51C7D19B36DE3ADF8833");
        Convert.ToHexString(tag).ShouldBe("899D7F27BEB16A9152CF765EE4390CCE");
        cipher.Open(built, packet.AsSpan(0, 12), packet.AsSpan(12), default, tag).ShouldBeTrue();
    }

    [Fact]
    public void GCM_protects_RTCP_as_in_RFC_7714_section_17()
    {
        using var cipher = new FrameworkGcmCipher(SessionKeys());
        var packet = Convert.FromHexString(
            "81C8000D4D6172734E5450314E545032525450200000042A0000E9304C756E61DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBEEF");
        var iv = SrtpIv.Build(Convert.FromHexString("517569642070726F2071756F"), 0x4D617273, 0x5D4, new byte[16]);
        var tag = new byte[16];
        cipher.Seal(iv, packet.AsSpan(0, 8), packet.AsSpan(8), [0x80, 0, 5, 0xD4], tag);

        Convert.ToHexString(packet[8..]).ShouldBe(
            "63E94885DCDAB67CA727D7662F6B7E997FF5C0F76C06F32DC676A5F1730D6FDA4CE09B4686303DED0BB9275B");
        Convert.ToHexString(tag).ShouldBe("C84AA45896CF4D2FC5ABF87245D9EADE");
    }

    [Fact]
    public void Counter_mode_makes_the_key_stream_of_RFC_3711_appendix_B2()
    {
        using var cipher = new FrameworkCounterCipher(SessionKeys("2B7E151628AED2A6ABF7158809CF4F3C"));
        var data = new byte[48];
        cipher.Transform(Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"), data);

        Convert.ToHexString(data).ShouldBe(
            "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0");
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void What_is_protected_is_let_in_once_across_the_wrap_of_the_sequence_number(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        var copies = new List<byte[]>();
        for (ulong index = 65_530; index < 65_545; index++)
        {
            var packet = Packet(index, out var length);
            var protectedLength = sender.ProtectRtp(packet, 12, length, index);
            copies.Add(packet[..protectedLength]);
            var received = packet[..protectedLength];
            receiver.UnprotectRtp(received, out var plain, out var at).ShouldBe(SrtpError.None);
            at.ShouldBe(index);
            received[12..plain].ShouldBe(Packet(index, out _)[12..length]);
        }

        foreach (var copy in copies)
        {
            receiver.UnprotectRtp(copy, out _, out _).ShouldBe(SrtpError.Replayed);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Reordered_packets_pass_and_ones_from_long_ago_do_not(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        Receive(receiver, Protect(sender, 10)).ShouldBe(SrtpError.None);
        Receive(receiver, Protect(sender, 2000)).ShouldBe(SrtpError.None);
        Receive(receiver, Protect(sender, 1500)).ShouldBe(SrtpError.None);
        Receive(receiver, Protect(sender, 1500)).ShouldBe(SrtpError.Replayed);
        Receive(receiver, Protect(sender, 900)).ShouldBe(SrtpError.Replayed);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_flipped_bit_anywhere_is_refused_and_moves_nothing(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        var good = Protect(sender, 70_000);
        for (var at = 12; at < good.Length; at++)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0x10;
            receiver.UnprotectRtp(bad, out var length, out _).ShouldNotBe(SrtpError.None);
            length.ShouldBe(0);
        }

        for (var length = 0; length < good.Length; length++)
        {
            receiver.UnprotectRtp(good.AsSpan(0, length).ToArray(), out _, out _).ShouldNotBe(SrtpError.None);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void RTCP_goes_through_once_and_never_in_the_clear(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        byte[] plain = [0x80, 201, 0, 1, 1, 2, 3, 4, 9, 9, 9, 9];
        var buffer = new byte[plain.Length + SrtpSender.MaxOverhead];
        plain.CopyTo(buffer, 0);
        var length = sender.ProtectRtcp(buffer, plain.Length);
        var copy = buffer[..length];

        receiver.UnprotectRtcp(buffer.AsSpan(0, length), out var plainLength).ShouldBe(SrtpError.None);
        buffer[..plainLength].ShouldBe(plain);
        receiver.UnprotectRtcp(copy, out _).ShouldBe(SrtpError.Replayed);
        receiver.UnprotectRtcp(new byte[64], out _).ShouldBe(SrtpError.Malformed);
    }

    [Theory]
    [InlineData(65_535UL, 0, 65_536UL)]
    [InlineData(65_536UL, 65_535, 65_535UL)]
    [InlineData(3UL, 65_000, 65_000UL)]
    [InlineData(131_080UL, 20, 131_092UL)]
    public void The_index_is_the_nearest_that_fits(ulong newest, int sequence, ulong expected) =>
        SrtpReceiver.GuessIndex(newest, (ushort)sequence).ShouldBe(expected);

    private static SrtpError Receive(SrtpReceiver receiver, byte[] packet) => receiver.UnprotectRtp(packet, out _, out _);

    private static byte[] Protect(SrtpSender sender, ulong index)
    {
        var packet = Packet(index, out var length);
        return packet[..sender.ProtectRtp(packet, 12, length, index)];
    }

    private static byte[] Packet(ulong index, out int length)
    {
        var packet = new byte[12 + 50 + SrtpSender.MaxOverhead];
        packet[0] = 0x80;
        packet[1] = 96;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 0xCAFEBABE);
        for (var i = 0; i < 50; i++)
        {
            packet[12 + i] = (byte)(i + (int)index);
        }

        length = 62;
        return packet;
    }

    private static SrtpSender Sender(SrtpProfile profile)
    {
        var (rtp, rtcp) = Keys(profile);
        return new SrtpSender(rtp, Cipher(rtp), rtcp, Cipher(rtcp));
    }

    private static SrtpReceiver Receiver(SrtpProfile profile)
    {
        var (rtp, rtcp) = Keys(profile);
        return new SrtpReceiver(rtp, Cipher(rtp), rtcp, Cipher(rtcp));
    }

    private static (SrtpKeys Rtp, SrtpKeys Rtcp) Keys(SrtpProfile profile)
    {
        var salt = MasterSalt.AsSpan(0, SrtpKeys.MasterSaltLength(profile));
        return (SrtpKeys.Derive(profile, MasterKey, salt, forRtcp: false), SrtpKeys.Derive(profile, MasterKey, salt, forRtcp: true));
    }

    private static ISrtpCipher Cipher(SrtpKeys keys) =>
        keys.Profile == SrtpProfile.AeadAes128Gcm ? new FrameworkGcmCipher(keys) : new FrameworkCounterCipher(keys);

    private static SrtpKeys SessionKeys(string key = "000102030405060708090A0B0C0D0E0F") =>
        SrtpKeys.ForTest(SrtpProfile.AeadAes128Gcm, Convert.FromHexString(key));
}
