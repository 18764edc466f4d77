using System.Text;
using Vigil.Protocols.Rtsp;

namespace Vigil.Protocols.Tests.Rtsp;

public sealed class RtspReaderTests
{
    public static TheoryData<string, int, string, int> Responses => new()
    {
        { "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", 200, "OK", 0 },
        { "RTSP/1.0 200\r\nCSeq: 1\r\n\r\n", 200, "", 0 },
        { "RTSP/1.0 200 OK\nCSeq: 1\n\n", 200, "OK", 0 },
        { "RTSP/1.0 401 Not Authorized At All\r\nCSeq:1\r\n\r\n", 401, "Not Authorized At All", 0 },
        { "RTSP/2.0 200 OK\r\nCSeq: 1\r\nContent-length: 5\r\n\r\nv=0\r\n", 200, "OK", 5 },
        { "RTSP/1.0 200 OK\r\nCSeq: 1\r\nno colon here\r\n: empty\r\nX-Folded: a\r\n b\r\n\r\n", 200, "OK", 0 },
    };

    [Theory]
    [MemberData(nameof(Responses))]
    public void Responses_are_read_as_cameras_write_them(string text, int status, string reason, int body)
    {
        var unit = RtspReader.Read(Encoding.UTF8.GetBytes(text));

        unit.Kind.ShouldBe(RtspUnitKind.Message);
        unit.Consumed.ShouldBe(text.Length);
        unit.Message!.StatusCode.ShouldBe(status);
        unit.Message.Reason.ShouldBe(reason);
        unit.Message.CSeq.ShouldBe(1);
        unit.Message.Body.Length.ShouldBe(body);
    }

    [Fact]
    public void A_written_message_reads_back_and_no_value_can_add_a_header()
    {
        var message = new RtspMessage(
            "DESCRIBE", "rtsp://camera/live", [new("CSeq", "7"), new("X-Evil", "a\r\nInjected: yes")], Encoding.ASCII.GetBytes("body"));

        var unit = RtspReader.Read(message.Encode());

        var read = unit.Message!;
        read.Method.ShouldBe("DESCRIBE");
        read.Uri.ShouldBe("rtsp://camera/live");
        read.CSeq.ShouldBe(7);
        read["Injected"].ShouldBeNull();
        read["x-evil"].ShouldBe("a  Injected: yes");
        read.Body.ToArray().ShouldBe(Encoding.ASCII.GetBytes("body"));
    }

    [Fact]
    public void Every_truncation_of_a_message_or_frame_asks_for_more()
    {
        byte[][] units =
        [
            Encoding.ASCII.GetBytes("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabc"),
            Encoding.ASCII.GetBytes("GET_PARAMETER rtsp://c/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
            [(byte)'$', 0, 0, 3, 0x80, 1, 2],
        ];
        foreach (var unit in units)
        {
            for (var length = 0; length < unit.Length; length++)
            {
                RtspReader.Read(unit.AsSpan(0, length)).Kind.ShouldBe(RtspUnitKind.NeedMore, $"{length} of {unit.Length}");
            }

            RtspReader.Read(unit).Consumed.ShouldBe(unit.Length);
        }
    }

    [Fact]
    public void Interleaved_frames_are_views()
    {
        byte[] bytes = [(byte)'$', 3, 0, 2, 0xAA, 0xBB, (byte)'$'];

        var unit = RtspReader.Read(bytes);

        unit.Kind.ShouldBe(RtspUnitKind.Interleaved);
        unit.Channel.ShouldBe((byte)3);
        unit.Payload.ToArray().ShouldBe([0xAA, 0xBB]);
        unit.Consumed.ShouldBe(6);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", RtspReadError.NotRtsp)]
    [InlineData("RTSP/1.0 OK\r\n\r\n", RtspReadError.NotRtsp)]
    [InlineData("RTSP/1.0 200 OK\r\nContent-Length: 10000000\r\n\r\n", RtspReadError.BodyTooLong)]
    [InlineData("RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", RtspReadError.BodyTooLong)]
    [InlineData("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", RtspReadError.BadHeader)]
    [InlineData("RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n", RtspReadError.BadHeader)]
    public void What_is_not_RTSP_is_refused(string text, RtspReadError error)
    {
        var unit = RtspReader.Read(Encoding.ASCII.GetBytes(text));

        unit.Kind.ShouldBe(RtspUnitKind.Malformed);
        unit.Error.ShouldBe(error);
    }

    [Fact]
    public void An_endless_header_is_refused_at_its_limit()
    {
        var text = "RTSP/1.0 200 OK\r\n" + new string('x', RtspLimits.HeaderBytes);

        RtspReader.Read(Encoding.ASCII.GetBytes(text)).Error.ShouldBe(RtspReadError.HeaderTooLong);
        var lines = "RTSP/1.0 200 OK\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 200)) + "\r\n";
        RtspReader.Read(Encoding.ASCII.GetBytes(lines)).Error.ShouldBe(RtspReadError.HeaderTooLong);
    }

    [Fact]
    public void Stray_bytes_are_skipped_up_to_the_next_frame_or_answer()
    {
        byte[] frame = [(byte)'$', 0, 0, 2, 0x80, 0xBB];
        byte[] stray = [0, 13, 10, (byte)'$', 9, 9, 9, 0x11, .. frame];

        var unit = RtspReader.Read(stray);

        unit.Kind.ShouldBe(RtspUnitKind.Garbage);
        RtspReader.Read(stray.AsSpan(unit.Consumed)).Kind.ShouldBe(RtspUnitKind.Interleaved);
        byte[] beforeAnswer = [1, 2, .. Encoding.ASCII.GetBytes("RTSP/1.0 200 OK\r\n\r\n")];
        RtspReader.Read(beforeAnswer).Consumed.ShouldBe(2);
    }

    [Fact]
    public void Noise_never_throws_and_always_moves_on_or_asks_for_more()
    {
        var random = new Random(1);
        var seeds = new[] { "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabc", "OPTIONS rtsp://c RTSP/1.0\r\n\r\n", "$\0\0\u0002ab" };
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Encoding.Latin1.GetBytes(seeds[round % seeds.Length]);
            for (var flips = random.Next(6); flips >= 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var unit = RtspReader.Read(bytes);
            (unit.Consumed > 0 || unit.Kind is RtspUnitKind.NeedMore or RtspUnitKind.Malformed).ShouldBeTrue();
            unit.Consumed.ShouldBeLessThanOrEqualTo(bytes.Length);
            (unit.Kind == RtspUnitKind.Message).ShouldBe(unit.Message is not null);
        }
    }
}
