using System.Buffers;
using System.Text;
using System.Text.Json;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Live.Signaling;
using static Vigil.Fuzz.BrokenPromiseException;

namespace Vigil.Fuzz;

/// <summary>What strangers' devices, other servers and Redis say to the server.</summary>
internal static class SignallingTargets
{
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Target> All() =>
    [
        new("signalling",
        [
            Encoding.UTF8.GetBytes("""{"type":"hello","request_id":"r1","ts":"2026-01-15T12:00:00Z","payload":{"device_id":"crib","device_secret":"\u00e4"}}"""),
            Encoding.UTF8.GetBytes("""{"type":"signal_ice","payload":{"session_id":"0194a1b2-0000-7000-8000-000000000001","candidate":{"sdpMid":"0","sdpMLineIndex":0}}}"""),
            Encoding.UTF8.GetBytes("""{"type":"proxy_http_resp","payload":{"rid":"a","status":200,"headers":{"Content-Type":"a/b"},"body_b64":"YWJj"}}"""),
        ], Signalling),
        new("node-message",
        [
            new NodeMessage { Kind = NodeMessageKind.Came, From = "a1", Device = 7, Name = "crib", Link = "b2" }.ToBytes(),
            new NodeMessage { Kind = NodeMessageKind.Heard, From = "a1", Device = 7, Session = new Guid("0194a1b2-0000-7000-8000-000000000001"), Text = "{\"type\":\"a\"}"u8.ToArray() }.ToBytes(),
        ], Node),
        new("resp",
        [
            Encoding.Latin1.GetBytes("*2\r\n$1\r\n0\r\n*2\r\n$4\r\ncrib\r\n$2\r\n{}\r\n+OK\r\n:1\r\n"),
            Encoding.Latin1.GetBytes(">3\r\n+message\r\n$1\r\nc\r\n$2\r\nhi\r\n"),
            Encoding.Latin1.GetBytes("%1\r\n+a\r\n~1\r\n_\r\n-ERR x\r\n#t\r\n,1.5\r\n(12\r\n=8\r\ntxt:four\r\n$-1\r\n*-1\r\n!3\r\nERR\r\n"),
        ], Resp),
    ];

    private static void Signalling(byte[] input)
    {
        if (SignalMessage.TryParse(input, out var message) != SignalFault.None)
        {
            return;
        }

        _ = (message.Session, message.Text("device_id"), message.Number("status"), message.Bytes("body_b64"), message.Texts("headers").Count());
        var again = SignalText.Again(message, Now);
        Unless(SignalMessage.TryParse(again, out var same) == SignalFault.None, "a message that is passed on is one");
        Unless(same.Type == message.Type && same.RequestId == message.RequestId && same.RawPayload == message.RawPayload, "what is passed on is what came");
        if (message.Raw("candidate") is { } raw)
        {
            _ = JsonDocument.Parse(SignalText.Signal("signal_ice", Now, Guid.Empty, "candidate", raw.Span));
        }
    }

    private static void Node(byte[] input)
    {
        if (NodeMessage.Parse(input) is { } message)
        {
            Unless(NodeMessage.Parse(message.ToBytes()) is { } same && same with { Text = message.Text } == message, "we read what we write");
        }
    }

    private static void Resp(byte[] input)
    {
        var whole = new ReadOnlySequence<byte>(input);
        while (RespReader.TryRead(ref whole, out var value) == RespRead.Complete)
        {
            Unless(value is not null && value.Items.Length <= RespReader.MostItems && value.Bytes.Length <= RespReader.LongestText, "a value keeps to its limits");
            if (whole.IsEmpty)
            {
                break;
            }
        }

        // What wants more for all of it, is not malformed for a part of it, and the other way round.
        var first = new ReadOnlySequence<byte>(input);
        var found = RespReader.TryRead(ref first, out _);
        for (var length = 0; length < Math.Min(input.Length, 64); length++)
        {
            var part = new ReadOnlySequence<byte>(input.AsMemory(0, length));
            var early = RespReader.TryRead(ref part, out _);
            Unless(early == RespRead.NeedMore || early == found, "the beginning of a value says nothing else than the whole");
        }
    }
}
