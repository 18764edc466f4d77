using System.Net;
using System.Text;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Stun;

namespace Vigil.Protocols.Tests.Ice;

public sealed class IceLiteAgentTests
{
    private static readonly IceCredentials Local = new("server12", "a-password-of-24-chars-x");
    private static readonly IPEndPoint Wifi = IPEndPoint.Parse("192.168.1.20:50000");
    private static readonly IPEndPoint Mobile = IPEndPoint.Parse("[2001:db8::7]:41000");
    private readonly IceLiteAgent agent = new(Local, "phone", TimeSpan.Zero);
    private readonly byte[] reply = new byte[512];

    [Fact]
    public void A_signed_check_is_answered_with_the_address_it_came_from()
    {
        Send(Check(nominate: false), Wifi).ShouldBe(IceVerdict.Answered);

        agent.Remote.ShouldBeNull();
        StunMessage.TryParse(reply.AsSpan(0, replyLength), out var answer).ShouldBe(StunParseError.None);
        answer.Type.ShouldBe(StunType.BindingSuccess);
        answer.XorMappedAddress.ShouldBe(Wifi);
        answer.IsSignedWith(Encoding.UTF8.GetBytes(Local.Password)).ShouldBeTrue();
    }

    [Fact]
    public void A_phone_that_leaves_the_wifi_keeps_its_session()
    {
        Send(Check(nominate: true), Wifi).ShouldBe(IceVerdict.Selected);
        agent.Remote.ShouldBe(Wifi);
        Send(Check(nominate: true), Wifi).ShouldBe(IceVerdict.Answered);
        Send(Check(nominate: true), Mobile).ShouldBe(IceVerdict.Selected);
        agent.Remote.ShouldBe(Mobile);
    }

    [Theory]
    [InlineData("server12:phone", "guessed-password")]
    [InlineData("server12:other", "a-password-of-24-chars-x")]
    [InlineData("server99:phone", "a-password-of-24-chars-x")]
    public void A_stranger_gets_no_answer_and_moves_nothing(string username, string password)
    {
        Send(Check(nominate: true, username, password), Wifi).ShouldBe(IceVerdict.Ignored);
        replyLength.ShouldBe(0);
        agent.Remote.ShouldBeNull();
    }

    [Fact]
    public void A_peer_that_thinks_it_is_controlled_is_told_to_switch()
    {
        var writer = new StunWriter(new byte[512], StunType.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "server12:phone");
        writer.Add(StunAttribute.IceControlled, 1ul);
        writer.Sign(Encoding.UTF8.GetBytes(Local.Password));

        Send(writer.Written.ToArray(), Wifi).ShouldBe(IceVerdict.Answered);
        StunMessage.TryParse(reply.AsSpan(0, replyLength), out var answer).ShouldBe(StunParseError.None);
        answer.Type.ShouldBe(StunType.BindingError);
        answer.TryGet(StunAttribute.ErrorCode, out var error).ShouldBeTrue();
        error[2..4].ToArray().ShouldBe([4, 87]);
    }

    [Fact]
    public void Consent_ends_thirty_seconds_after_the_last_check()
    {
        agent.IsDead(TimeSpan.FromSeconds(29)).ShouldBeFalse();
        agent.Receive(Parse(Check(nominate: true)), Wifi, TimeSpan.FromSeconds(20), reply, out _).ShouldBe(IceVerdict.Selected);
        agent.IsDead(TimeSpan.FromSeconds(49)).ShouldBeFalse();
        agent.IsDead(TimeSpan.FromSeconds(50)).ShouldBeTrue();
    }

    [Fact]
    public void A_request_names_the_session_it_is_for()
    {
        Encoding.UTF8.GetString(IceLiteAgent.AddressedTo(Parse(Check(nominate: false)))).ShouldBe("server12");
    }

    private int replyLength;

    private IceVerdict Send(byte[] datagram, IPEndPoint from) => agent.Receive(Parse(datagram), from, TimeSpan.Zero, reply, out replyLength);

    private static StunMessage Parse(byte[] datagram)
    {
        StunMessage.TryParse(datagram, out var message).ShouldBe(StunParseError.None);
        return message;
    }

    private static byte[] Check(bool nominate, string username = "server12:phone", string password = "a-password-of-24-chars-x")
    {
        var writer = new StunWriter(new byte[512], StunType.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, username);
        writer.Add(StunAttribute.IceControlling, 7ul);
        writer.Add(StunAttribute.Priority, 1u);
        if (nominate)
        {
            writer.Add(StunAttribute.UseCandidate, []);
        }

        writer.Sign(Encoding.UTF8.GetBytes(password));
        writer.AddFingerprint();
        return writer.Written.ToArray();
    }
}
