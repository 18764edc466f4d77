using System.Text;
using System.Text.Json;
using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Tests.Live.Signaling;

public sealed class SignalMessageTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 12, 0, 0, 5, TimeSpan.FromHours(1));

    [Fact]
    public void A_message_is_read_with_its_request()
    {
        Parse("""{"type":"watch_request","request_id":"r 1","ts":"whenever","payload":{"device_id":"crib"}}""", out var message).ShouldBe(SignalFault.None);

        message.Type.ShouldBe("watch_request");
        message.RequestId.ShouldBe("r 1");
        message.Text("device_id").ShouldBe("crib");
        message.Text("other").ShouldBeNull();
        message.Raw("other").ShouldBeNull();
    }

    [Fact]
    public void Of_two_members_with_one_name_the_last_counts_and_an_escaped_name_is_the_same_name()
    {
        Parse("""{"payload":{"sdp":1},"type":7,"ty\u0070e":"a","payload":{"s\u0064p":2,"sdp" : [3] ,"x":{"sdp":4}}}""", out var message).ShouldBe(SignalFault.None);

        message.Type.ShouldBe("a");
        Encoding.UTF8.GetString(message.Raw("sdp")!.Value.Span).ShouldBe("[3]");
        Encoding.UTF8.GetString(message.Raw("x")!.Value.Span).ShouldBe("""{"sdp":4}""");
    }

    [Theory]
    [InlineData("", SignalFault.NotJson)]
    [InlineData("{", SignalFault.NotJson)]
    [InlineData("heartbeat", SignalFault.NotJson)]
    [InlineData("[1]", SignalFault.NoType)]
    [InlineData("{}", SignalFault.NoType)]
    [InlineData("""{"type":""}""", SignalFault.NoType)]
    [InlineData("""{"type":7}""", SignalFault.NoType)]
    [InlineData("""{"type":"\ud800"}""", SignalFault.NoType)]
    [InlineData("""{"type":"a","\ud800":1}""", SignalFault.NotJson)]
    [InlineData("""{"type":"a"} {}""", SignalFault.NotJson)]
    [InlineData("""{"type":"a","payload":[]}""", SignalFault.BadEnvelope)]
    [InlineData("""{"type":"a","payload":"x"}""", SignalFault.BadEnvelope)]
    [InlineData("""{"type":"a","request_id":4}""", SignalFault.BadEnvelope)]
    [InlineData("""{"type":"a","request_id":"\udc00"}""", SignalFault.BadEnvelope)]
    internal void What_is_no_message_is_refused_with_the_reason(string text, SignalFault fault) => Parse(text, out _).ShouldBe(fault);

    [Theory]
    [InlineData("""{"\ud800":1,"type":"a"}""")]
    [InlineData("""{"type":"a","payl\ud800":{}}""")]
    [InlineData("""{"type":"a","payload":{"\ud800":1}}""")]
    [InlineData("""{"type":"a","payload":{"session\udc00":1,"sd\udc00":1,"ri\ud800":1}}""")]
    [InlineData("""{"type":"a","payload":{"headers":{"\ud800":"x","a":"b"}}}""")]
    public void Names_that_are_no_text_are_survived(string text)
    {
        Should.NotThrow(() =>
        {
            if (Parse(text, out var message) == SignalFault.None)
            {
                _ = (message.Session, message.Raw("sdp"), message.Text("rid"), message.Number("status"), message.Bytes("body_b64"), message.Texts("headers").ToList());
            }
        });
    }

    [Fact]
    public void Bytes_that_are_no_text_and_nesting_without_end_are_refused()
    {
        SignalMessage.TryParse(new byte[] { (byte)'{', 0xFF, (byte)'}' }, out _).ShouldBe(SignalFault.NotJson);
        Parse($$$"""{"type":"a","payload":{"sdp":{{{new string('[', 5000)}}}{{{new string(']', 5000)}}}}}""", out _).ShouldBe(SignalFault.NotJson);
    }

    [Theory]
    [InlineData("\"v=0\\r\\n\"")]
    [InlineData("""{"type":"offer","sdp":"v=0\r\n","extra":[1,2.50,true,null]}""")]
    [InlineData("null")]
    [InlineData("17.0")]
    [InlineData("\"\\u00e4\\u2028 ä \"")]
    public void What_the_sides_say_to_each_other_stays_as_it_was_spelt(string sdp)
    {
        Parse($$$"""{"type":"signal_offer","payload":{"session_id":"x","sdp":{{{sdp}}}}}""", out var message).ShouldBe(SignalFault.None);
        Encoding.UTF8.GetString(message.Raw("sdp")!.Value.Span).ShouldBe(sdp);

        var session = Guid.NewGuid();
        var passed = Encoding.UTF8.GetString(SignalText.Signal("signal_offer", Now, session, "sdp", message.Raw("sdp")!.Value.Span));
        passed.ShouldBe($$$"""{"type":"signal_offer","ts":"2026-01-15T11:00:00.005Z","payload":{"session_id":"{{{session}}}","sdp":{{{sdp}}}}}""");
    }

    [Fact]
    public void Every_beginning_of_a_message_and_every_byte_of_garbage_is_survived()
    {
        var text = Encoding.UTF8.GetBytes("""{"type":"signal_ice","request_id":"1","payload":{"session_id":"x","candidate":{"candidate":"a ä","sdpMLineIndex":0}}}""");
        var random = new Random(5);
        for (var length = 0; length < text.Length; length++)
        {
            SignalMessage.TryParse(text.AsMemory(0, length), out _).ShouldNotBe(SignalFault.None);
            var broken = (byte[])text.Clone();
            broken[length] = (byte)random.Next(256);
            if (SignalMessage.TryParse(broken, out var message) == SignalFault.None)
            {
                _ = (message.Session, message.Raw("candidate"), message.Text("candidate"), message.Number("candidate"), message.Bytes("candidate"), message.Texts("candidate").ToList());
            }
        }
    }

    [Fact]
    public void Whatever_bytes_come_the_answer_is_a_fault_or_a_message_that_can_be_passed_on()
    {
        byte[][] seeds =
        [
            .. new[]
            {
                """{"type":"hello","request_id":"r","ts":"2026-01-15T12:00:00Z","payload":{"device_id":"crib","device_secret":"s","go2rtc_http":"http://a"}}""",
                """{"type":"signal_offer","payload":{"session_id":"00000000-0000-0000-0000-000000000001","sdp":{"type":"offer","sdp":"v=0\r\n\u00e4ä"}}}""",
                """{"type":"proxy_http_resp","payload":{"rid":"a","status":200,"headers":{"Content-Type":"text/plain","x":1},"body_b64":"YWJj"}}""",
            }.Select(Encoding.UTF8.GetBytes),
        ];
        var random = new Random(17);
        for (var round = 0; round < 50_000; round++)
        {
            var text = round % 4 == 0 ? new byte[random.Next(64)] : (byte[])seeds[random.Next(seeds.Length)].Clone();
            if (round % 4 == 0)
            {
                random.NextBytes(text);
            }

            for (var changes = random.Next(4); changes > 0 && text.Length > 0; changes--)
            {
                var (at, length) = (random.Next(text.Length), random.Next(8));
                text = random.Next(4) switch
                {
                    0 => [.. text[..at], .. text[Math.Min(text.Length, at + length)..]],
                    1 => [.. text[..at], .. text[at..Math.Min(text.Length, at + length)], .. text[at..]],
                    2 => [.. text[..at], (byte)"{}[]\",:\\0u"[random.Next(10)], .. text[(at + 1)..]],
                    _ => [.. text[..at], (byte)random.Next(256), .. text[(at + 1)..]],
                };
            }

            if (SignalMessage.TryParse(text, out var message) != SignalFault.None)
            {
                continue;
            }

            message.Type.ShouldNotBeEmpty();
            using var whole = JsonDocument.Parse(message.RawPayload);
            foreach (var name in whole.RootElement.EnumerateObject().Select(Name).OfType<string>())
            {
                _ = (message.Session, message.Text(name), message.Number(name), message.Bytes(name), message.Texts(name).ToList());
                if (message.Raw(name) is { } raw)
                {
                    JsonDocument.Parse(SignalText.Signal("signal_ice", Now, Guid.Empty, "candidate", raw.Span)).Dispose();
                }
            }
        }

        static string? Name(JsonProperty property)
        {
            try
            {
                return property.Name;
            }
            catch (InvalidOperationException)
            {
                return null; // Half of a surrogate pair.
            }
        }
    }

    [Fact]
    public void A_request_is_named_in_its_answer_and_otherwise_none()
    {
        var answer = JsonDocument.Parse(SignalText.Error(Now, "17", "no \"such\" thing")).RootElement;
        answer.GetProperty("request_id").GetString().ShouldBe("17");
        answer.GetProperty("payload").GetProperty("message").GetString().ShouldBe("no \"such\" thing");
        JsonDocument.Parse(SignalText.Error(Now, null, "")).RootElement.TryGetProperty("request_id", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_payload_with_a_crowd_of_members_is_no_message()
    {
        Parse(Crowd(256), out var message).ShouldBe(SignalFault.None);
        message.Number("n255").ShouldBe(255);
        Parse(Crowd(257), out _).ShouldBe(SignalFault.BadEnvelope);

        static string Crowd(int members) =>
            "{\"type\":\"a\",\"payload\":{" + string.Join(',', Enumerable.Range(0, members).Select(n => "\"n" + n + "\":" + n)) + "}}";
    }

    private static SignalFault Parse(string text, out SignalMessage message) => SignalMessage.TryParse(Encoding.UTF8.GetBytes(text), out message);
}
