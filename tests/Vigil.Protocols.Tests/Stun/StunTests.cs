using System.Net;
using System.Text;
using Vigil.Protocols.Stun;

namespace Vigil.Protocols.Tests.Stun;

public sealed class StunTests
{
    // RFC 5769 §2.1: the sample request; padding of USERNAME is three spaces, which a reader must ignore.
    private static readonly byte[] SampleRequest = Convert.FromHexString(
        "000100582112A442B7E7A701BC34D686FA87DFAE802200105354554E207465737420636C69656E74002400046E0001FF" +
        "80290008932FF9B151263B36000600096576746A3A68367659202020000800149AEAA70CBFD8CB56781EF2B5B2D3F249C1B571A280280004E57A3BCF");

    private static readonly byte[] Password = Encoding.UTF8.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");

    // RFC 5769 §2.2 up to the address: 192.0.2.1 port 32853 (the rest is computed by the writer and compared with the reader).
    private static readonly byte[] TransactionId = Convert.FromHexString("B7E7A701BC34D686FA87DFAE");

    [Fact]
    public void The_sample_request_of_RFC_5769_is_read_and_its_signature_holds()
    {
        StunMessage.TryParse(SampleRequest, out var message).ShouldBe(StunParseError.None);

        message.Type.ShouldBe(StunType.BindingRequest);
        message.TransactionId.ToArray().ShouldBe(TransactionId);
        message.TryGet(StunAttribute.Username, out var name).ShouldBeTrue();
        Encoding.UTF8.GetString(name).ShouldBe("evtj:h6vY");
        message.IsSignedWith(Password).ShouldBeTrue();
        message.IsSignedWith("wrong"u8).ShouldBeFalse();
    }

    [Fact]
    public void The_mapped_address_of_RFC_5769_is_written_byte_for_byte()
    {
        var writer = new StunWriter(new byte[512], StunType.BindingSuccess, TransactionId);
        writer.AddXorMappedAddress(IPEndPoint.Parse("192.0.2.1:32853"));
        Convert.ToHexString(writer.Written[20..]).ShouldBe("002000080001A147E112A643");

        var six = new StunWriter(new byte[512], StunType.BindingSuccess, TransactionId);
        six.AddXorMappedAddress(IPEndPoint.Parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
        Convert.ToHexString(six.Written[20..]).ShouldBe("002000140002A1470113A9FAA5D3F179BC25F4B5BED2B9D9");
    }

    [Theory]
    [InlineData("192.0.2.1:32853")]
    [InlineData("[2001:db8::1]:1")]
    public void What_the_writer_signs_the_reader_believes(string address)
    {
        var endPoint = IPEndPoint.Parse(address);
        var writer = new StunWriter(new byte[512], StunType.BindingSuccess, TransactionId);
        writer.AddXorMappedAddress(endPoint);
        writer.Sign(Password);
        writer.AddFingerprint();
        var bytes = writer.Written.ToArray();

        StunMessage.TryParse(bytes, out var message).ShouldBe(StunParseError.None);
        message.XorMappedAddress.ShouldBe(endPoint);
        message.IsSignedWith(Password).ShouldBeTrue();
    }

    [Fact]
    public void Every_truncation_and_every_flipped_bit_is_refused_or_unsigned()
    {
        for (var length = 0; length < SampleRequest.Length; length++)
        {
            StunMessage.TryParse(SampleRequest.AsSpan(0, length), out _).ShouldNotBe(StunParseError.None);
        }

        for (var bit = 0; bit < (SampleRequest.Length - 8) * 8; bit++) // FINGERPRINT stands behind the signature
        {
            var bytes = (byte[])SampleRequest.Clone();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var trusted = StunMessage.TryParse(bytes, out var message) == StunParseError.None && message.IsSignedWith(Password);
            trusted.ShouldBeFalse($"bit {bit}");
        }
    }

    [Fact]
    public void Attributes_behind_the_signature_are_not_seen()
    {
        var writer = new StunWriter(new byte[512], StunType.BindingRequest, TransactionId);
        writer.Add(StunAttribute.Username, "a:b");
        writer.Sign(Password);
        writer.Add(StunAttribute.UseCandidate, []);
        var bytes = writer.Written.ToArray();

        StunMessage.TryParse(bytes, out var message).ShouldBe(StunParseError.None);
        message.TryGet(StunAttribute.UseCandidate, out _).ShouldBeFalse();
    }
}
