using System.Text;
using Vigil.Protocols.Rtsp;

namespace Vigil.Protocols.Tests.Rtsp;

public sealed class RtspSessionTests
{
    private const string Sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\nm=audio 0 RTP/AVP 8\r\na=control:track2\r\n";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly RtspSession session = new(new Uri("rtsp://camera:8554/live"), new AuthAnswer("admin", "secret", () => "c"), AnswerTimeout);
    private TimeSpan now;

    [Fact]
    public void A_good_camera_is_described_set_up_and_played()
    {
        session.Start(now);
        Sent().ShouldStartWith("OPTIONS rtsp://camera:8554/live RTSP/1.0\r\nCSeq: 1\r\n");
        Answer(200, "Public: OPTIONS, GET_PARAMETER");
        Sent().ShouldContain("DESCRIBE rtsp://camera:8554/live RTSP/1.0");
        AnswerWithBody(200, Sdp, "Content-Base: rtsp://10.1.1.1/live/");
        session.State.ShouldBe(RtspState.Described);
        session.SetUp([0, 1], now);
        var setup = Sent();
        setup.ShouldContain("SETUP rtsp://camera:8554/live/track1 RTSP/1.0");
        setup.ShouldContain("Transport: RTP/AVP/TCP;unicast;interleaved=0-1");
        Answer(200, "Session: abc;timeout=20", "Transport: RTP/AVP/TCP;unicast;interleaved=6-7");
        setup = Sent();
        setup.ShouldContain("SETUP rtsp://camera:8554/live/track2 RTSP/1.0");
        setup.ShouldContain("Session: abc\r\n");
        Answer(200, "Transport: RTP/AVP/TCP;unicast;interleaved=2-3");
        Sent().ShouldContain("PLAY rtsp://camera:8554/live/ RTSP/1.0");
        Answer(200, "RTP-Info: url=x;seq=1");

        session.State.ShouldBe(RtspState.Playing);
        session.Tracks.Select(t => (t.Media, t.RtpChannel, t.RtcpChannel)).ShouldBe([(0, (byte)6, (byte)7), (1, (byte)2, (byte)3)]);
        session.NextDeadline.ShouldBe(now + TimeSpan.FromSeconds(10), "half of the timeout the server named");
    }

    [Fact]
    public void Keep_alive_goes_out_in_time_and_a_refused_GET_PARAMETER_becomes_OPTIONS()
    {
        Play("Public: GET_PARAMETER");
        Tick(session.NextDeadline);
        Sent().ShouldContain("GET_PARAMETER rtsp://camera:8554/live");
        Answer(501);
        session.State.ShouldBe(RtspState.Playing, "the pictures prove that it lives");
        Tick(session.NextDeadline);
        Sent().ShouldContain("OPTIONS ");
        Tick(now + TimeSpan.FromMinutes(1));
        session.State.ShouldBe(RtspState.Playing, "nobody has to answer a keep-alive");
    }

    [Fact]
    public void A_session_the_camera_forgot_ends()
    {
        Play("Public: GET_PARAMETER");
        Tick(session.NextDeadline);
        Sent();
        Answer(454);
        session.End.ShouldBe(RtspEnd.ServerEnded);
    }

    [Fact]
    public void A_challenge_is_answered_once_and_a_second_refusal_is_a_wrong_password()
    {
        session.Start(now);
        Sent();
        Answer(200);
        Sent().ShouldNotContain("Authorization");
        Answer(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\"");
        Sent().ShouldContain("Authorization: Digest username=\"admin\"");
        Answer(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\"");
        Drain().ShouldBeEmpty();
        session.End.ShouldBe(RtspEnd.WrongPassword);
    }

    [Fact]
    public void A_stale_nonce_is_answered_again_but_not_for_ever()
    {
        session.Start(now);
        Sent();
        Answer(200);
        Sent();
        for (var i = 0; i < 3; i++)
        {
            Answer(401, $"WWW-Authenticate: Digest realm=\"r\", nonce=\"n{i}\", stale=true");
            Sent().ShouldContain($"nonce=\"n{i}\"");
        }

        Answer(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n9\", stale=true");
        session.End.ShouldBe(RtspEnd.WrongPassword);
    }

    [Fact]
    public void A_camera_with_a_fresh_nonce_for_every_request_is_answered_every_time()
    {
        session.Start(now);
        Sent();
        Answer(200);
        Sent();
        Answer(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n0\"");
        Sent();
        AnswerWithBody(200, Sdp);
        session.SetUp([0, 1], now);
        for (var request = 1; request <= 3; request++)
        {
            Sent();
            Answer(401, $"WWW-Authenticate: Digest realm=\"r\", nonce=\"n{request}\"");
            Sent().ShouldContain($"nonce=\"n{request}\"");
            Answer(200);
        }

        session.State.ShouldBe(RtspState.Playing);
    }

    [Fact]
    public void A_camera_that_refuses_only_the_sound_plays_without_it()
    {
        Describe();
        session.SetUp([0, 1], now);
        Sent();
        Answer(200, "Session: 1");
        Sent();
        Answer(500);
        Sent().ShouldContain("PLAY ");
        Answer(200);
        session.State.ShouldBe(RtspState.Playing);
        session.Tracks.Count.ShouldBe(1);
    }

    [Fact]
    public void Without_a_password_a_challenge_says_that_one_is_needed()
    {
        var open = new RtspSession(new Uri("rtsp://camera/live"), null, AnswerTimeout);
        open.Start(now);
        open.TryTakeSend(out _);
        open.Receive(Message(200, 1, [], ""), now);
        open.TryTakeSend(out _);
        open.Receive(Message(401, 2, ["WWW-Authenticate: Basic realm=\"r\""], ""), now);
        open.End.ShouldBe(RtspEnd.PasswordNeeded);
    }

    [Theory]
    [InlineData(404, RtspEnd.NoSuchStream)]
    [InlineData(400, RtspEnd.NoSuchStream)]
    [InlineData(403, RtspEnd.WrongPassword)]
    [InlineData(453, RtspEnd.Busy)]
    [InlineData(503, RtspEnd.Busy)]
    [InlineData(500, RtspEnd.Refused)]
    [InlineData(301, RtspEnd.Refused)]
    public void Refusals_of_DESCRIBE_have_a_reason(int status, RtspEnd end)
    {
        session.Start(now);
        Sent();
        Answer(200);
        Sent();
        Answer(status);
        session.End.ShouldBe(end);
        session.LastStatus.ShouldBe(status);
    }

    [Theory]
    [InlineData("rtsp://other/live", "rtsp://other/live")]
    [InlineData("/second", "rtsp://camera:8554/second")]
    public void A_redirect_is_reported_and_not_followed(string location, string target)
    {
        session.Start(now);
        Sent();
        Answer(302, "Location: " + location);
        session.End.ShouldBe(RtspEnd.Redirect);
        session.RedirectTo.ShouldBe(new Uri(target));
        Drain().ShouldBeEmpty();
    }

    [Fact]
    public void A_camera_that_insists_on_UDP_is_told_apart()
    {
        Describe();
        session.SetUp([0], now);
        Sent();
        Answer(200, "Session: 1", "Transport: RTP/AVP;unicast;client_port=0-1;server_port=6970-6971");
        session.End.ShouldBe(RtspEnd.DatagramOnly);
    }

    [Fact]
    public void Channels_that_two_tracks_share_fall_back_to_what_was_asked_for()
    {
        Describe();
        session.SetUp([0, 1], now);
        Sent();
        Answer(200, "Transport: RTP/AVP/TCP;interleaved=0-1");
        Sent();
        Answer(200, "Transport: RTP/AVP/TCP;interleaved=0-1");
        session.Tracks.Select(t => t.RtpChannel).ShouldBe([(byte)0, (byte)2]);
    }

    [Fact]
    public void Silence_ends_the_wait_and_late_answers_are_passed_over()
    {
        session.Start(now);
        Sent();
        session.NextDeadline.ShouldBe(now + AnswerTimeout);
        Tick(now + AnswerTimeout);
        session.End.ShouldBe(RtspEnd.NoAnswer);
        Answer(200);
        Drain().ShouldBeEmpty();
    }

    [Fact]
    public void The_cameras_own_requests_are_answered_and_TEARDOWN_ends_the_session()
    {
        Play();
        session.Receive(Request("SET_PARAMETER"), now);
        Sent().ShouldStartWith("RTSP/1.0 200 OK\r\nCSeq: 5");
        session.Receive(Request("RECORD"), now);
        Sent().ShouldStartWith("RTSP/1.0 501");
        session.Receive(Request("TEARDOWN"), now);
        Sent();
        session.End.ShouldBe(RtspEnd.ServerEnded);
    }

    [Fact]
    public void Stopping_says_goodbye_only_when_there_is_a_session()
    {
        session.Start(now);
        Sent();
        session.Stop(now);
        Drain().ShouldBeEmpty();

        var fresh = new RtspSessionTests();
        fresh.Play();
        fresh.session.Stop(fresh.now);
        fresh.Sent().ShouldContain("TEARDOWN ");
    }

    [Fact]
    public void Nonsense_for_a_description_is_told_apart_from_no_usable_track()
    {
        session.Start(now);
        Sent();
        Answer(200);
        Sent();
        AnswerWithBody(200, "<html>hello</html>");
        session.End.ShouldBe(RtspEnd.BadDescription);

        var other = new RtspSessionTests();
        other.Describe();
        other.session.SetUp([], other.now);
        other.session.End.ShouldBe(RtspEnd.NothingToPlay);
    }

    private int cseq;

    private void Describe(string options = "Public: OPTIONS")
    {
        session.Start(now);
        Sent();
        Answer(200, options);
        Sent();
        AnswerWithBody(200, Sdp);
    }

    private void Play(string options = "Public: OPTIONS")
    {
        Describe(options);
        session.SetUp([0], now);
        Sent();
        Answer(200, "Session: 1");
        Sent();
        Answer(200);
        session.State.ShouldBe(RtspState.Playing);
    }

    private void Tick(TimeSpan at)
    {
        now = at;
        session.Tick(now);
    }

    private string Sent()
    {
        session.TryTakeSend(out var bytes).ShouldBeTrue();
        session.TryTakeSend(out _).ShouldBeFalse();
        var text = Encoding.UTF8.GetString(bytes.Span);
        if (text.Split("\r\n").FirstOrDefault(l => l.StartsWith("CSeq: ", StringComparison.Ordinal)) is { } line && !text.StartsWith("RTSP/", StringComparison.Ordinal))
        {
            cseq = int.Parse(line[6..], System.Globalization.CultureInfo.InvariantCulture);
        }

        return text;
    }

    private List<string> Drain()
    {
        var all = new List<string>();
        while (session.TryTakeSend(out var bytes))
        {
            all.Add(Encoding.UTF8.GetString(bytes.Span));
        }

        return all;
    }

    private void Answer(int status, params string[] headers) => session.Receive(Message(status, cseq, headers, ""), now);

    private void AnswerWithBody(int status, string body, string header = "X: y") => session.Receive(Message(status, cseq, [header], body), now);

    private static RtspMessage Message(int status, int cseq, string[] headers, string body)
    {
        var text = $"RTSP/1.0 {status} Whatever\r\nCSeq: {cseq}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}Content-Length: {body.Length}\r\n\r\n{body}";
        return RtspReader.Read(Encoding.UTF8.GetBytes(text)).Message!;
    }

    private static RtspMessage Request(string method) =>
        RtspReader.Read(Encoding.UTF8.GetBytes($"{method} rtsp://me/ RTSP/1.0\r\nCSeq: 5\r\n\r\n")).Message!;
}
