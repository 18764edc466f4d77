using System.Diagnostics;
using System.Globalization;
using Vigil.Protocols.Sdp;

namespace Vigil.Protocols.Rtsp;

/// <summary>
/// The client side of one RTSP 1.0 connection (RFC 2326): OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. No sockets, no
/// clock. Contract: one input (<see cref="Start"/>, <see cref="Receive"/>, <see cref="SetUp"/>, <see cref="Tick"/>,
/// <see cref="Stop"/>), then <see cref="TryTakeSend"/> until false. Interleaved frames do not pass through here.
/// </summary>
public sealed class RtspSession
{
    /// <summary>RFC 2326 §12.37: the timeout when the server names none.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestKeepAlive = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestKeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>A server that answers every right password with a fresh nonce would keep us busy for ever.</summary>
    private const int MostAuthAttempts = 3;

    private readonly string requestUrl;
    private readonly string userAgent;
    private readonly AuthAnswer? auth;
    private readonly TimeSpan answerTimeout;
    private readonly Queue<byte[]> sends = new();
    private readonly List<RtspTrack> tracks = [];
    private readonly List<(int Media, string Control)> wanted = [];

    private Pending? pending;
    private int cseq;
    private int authAttempts;
    private bool passwordProved;
    private string? sessionId;
    private string? contentBase;
    private string playUrl;
    private bool parameterKeepAlive;
    private TimeSpan timeout = DefaultTimeout;
    private TimeSpan keepAliveAt = TimeSpan.MaxValue;
    private int keepAliveCseq = -1;

    public RtspSession(Uri address, AuthAnswer? auth, TimeSpan answerTimeout, string userAgent = "Vigil")
    {
        requestUrl = RtspUrl.ForRequest(address);
        playUrl = requestUrl;
        this.auth = auth;
        this.answerTimeout = answerTimeout;
        this.userAgent = userAgent;
    }

    public RtspState State { get; private set; }

    public RtspEnd End { get; private set; }

    /// <summary>Status of the refusal that ended the session, for the log.</summary>
    public int LastStatus { get; private set; }

    public SdpDescription? Description { get; private set; }

    /// <summary>Where a 3xx or a REDIRECT sends us. Untrusted.</summary>
    public Uri? RedirectTo { get; private set; }

    public IReadOnlyList<RtspTrack> Tracks => tracks;

    /// <summary>What PLAY said about RTP timestamps, untrusted; empty when it said nothing.</summary>
    public string RtpInfo { get; private set; } = "";

    /// <summary>When <see cref="Tick"/> is next worth calling.</summary>
    public TimeSpan NextDeadline => pending is { } waits ? waits.Deadline : keepAliveAt;

    public void Start(TimeSpan now)
    {
        Expect(RtspState.Idle);
        State = RtspState.AskingOptions;
        Send("OPTIONS", requestUrl, now);
    }

    /// <summary>Sets up the chosen media sections of <see cref="Description"/>, then plays. None means there is nothing we can carry.</summary>
    public void SetUp(IReadOnlyList<int> media, TimeSpan now)
    {
        Expect(RtspState.Described);
        foreach (var index in media)
        {
            wanted.Add((index, Description!.Media[index].Control));
        }

        if (wanted.Count == 0)
        {
            Finish(RtspEnd.NothingToPlay);
            return;
        }

        State = RtspState.SettingUp;
        SendNextSetup(now);
    }

    /// <summary>Says goodbye, when there is a session to leave.</summary>
    public void Stop(TimeSpan now)
    {
        if (State is RtspState.Playing or RtspState.StartingPlay or RtspState.SettingUp && sessionId is not null)
        {
            Send("TEARDOWN", playUrl, now);
        }

        Finish(RtspEnd.Stopped);
    }

    public void Tick(TimeSpan now)
    {
        if (State == RtspState.Ended)
        {
            return;
        }

        if (pending is { } waits && now >= waits.Deadline)
        {
            Finish(RtspEnd.NoAnswer);
        }
        else if (State == RtspState.Playing && now >= keepAliveAt)
        {
            keepAliveAt = now + KeepAliveInterval;
            SendKeepAlive(now);
        }
    }

    /// <summary>Takes the next bytes for the server. Drain until false after every input.</summary>
    public bool TryTakeSend(out ReadOnlyMemory<byte> bytes)
    {
        var taken = sends.TryDequeue(out var next);
        bytes = next;
        return taken;
    }

    public void Receive(RtspMessage message, TimeSpan now)
    {
        Debug.Assert(sends.Count == 0, "One input, then drain.");
        if (State is RtspState.Ended or RtspState.Idle)
        {
            return;
        }

        if (!message.IsResponse)
        {
            ReceiveRequest(message);
        }
        else if (message.StatusCode >= 200)
        {
            ReceiveResponse(message, now);
        }
    }

    /// <summary>The connection turned out not to speak RTSP, or went over a limit.</summary>
    public void Abort(RtspEnd why) => Finish(why);

    private TimeSpan KeepAliveInterval
    {
        get
        {
            var half = timeout / 2;
            return half < ShortestKeepAlive ? ShortestKeepAlive : half > LongestKeepAlive ? LongestKeepAlive : half;
        }
    }

    private void ReceiveResponse(RtspMessage message, TimeSpan now)
    {
        if (message.CSeq is { } number && number == keepAliveCseq)
        {
            ReceiveKeepAlive(message);
            return;
        }

        // Some firmware leaves CSeq out or counts on its own, so only clearly late answers are passed over.
        if (pending is not { } asked || message.CSeq < asked.CSeq)
        {
            return;
        }

        pending = null;
        if (message.StatusCode == 401 && asked.Method != "OPTIONS")
        {
            AnswerChallenge(message, asked, now);
            return;
        }

        if (message.StatusCode is >= 300 and < 400)
        {
            // A path alone is one on the same camera.
            var to = message["Location"] is ['/', ..] path ? RtspUrl.Resolve(requestUrl, path, "") : message["Location"];
            RedirectTo = Uri.TryCreate(to, UriKind.Absolute, out var target) ? target : null;
            LastStatus = message.StatusCode;
            Finish(RedirectTo is null ? RtspEnd.Refused : RtspEnd.Redirect);
            return;
        }

        if (message.StatusCode >= 400 && asked.Method == "SETUP" && tracks.Count > 0)
        {
            // The picture is set up and only the sound is refused: better a silent camera than none.
            StartPlay(now);
            return;
        }

        if (message.StatusCode >= 400 && asked.Method != "OPTIONS")
        {
            LastStatus = message.StatusCode;
            Finish(RtspRefusal.ReasonOf(message.StatusCode, asked.Method));
            return;
        }

        if (asked.Authorized && message.StatusCode < 400)
        {
            passwordProved = true;
            authAttempts = 0;
        }

        Advance(message, now);
    }

    private void Advance(RtspMessage message, TimeSpan now)
    {
        switch (State)
        {
            case RtspState.AskingOptions:
                // Whatever the server says to OPTIONS, DESCRIBE decides. A challenge here saves a round trip.
                parameterKeepAlive = message["Public"]?.Contains("GET_PARAMETER", StringComparison.OrdinalIgnoreCase) == true;
                auth?.Take(message.All("WWW-Authenticate"));
                State = RtspState.Describing;
                Send("DESCRIBE", requestUrl, now, ("Accept", "application/sdp"));
                break;
            case RtspState.Describing:
                Describe(message);
                break;
            case RtspState.SettingUp:
                TakeSetup(message, now);
                break;
            case RtspState.StartingPlay:
                RtpInfo = message["RTP-Info"] ?? "";
                State = RtspState.Playing;
                keepAliveAt = now + KeepAliveInterval;
                break;
            default:
                break; // An answer nobody waits for.
        }
    }

    private void Describe(RtspMessage message)
    {
        contentBase = message["Content-Base"] ?? message["Content-Location"];
        if (!SdpDescription.TryParse(message.Body.Span, out var description) || description.Media.Count == 0)
        {
            Finish(RtspEnd.BadDescription);
            return;
        }

        Description = description;
        playUrl = RtspUrl.Resolve(requestUrl, contentBase, description.Control);
        State = RtspState.Described;
    }

    private void SendNextSetup(TimeSpan now)
    {
        var next = tracks.Count;
        Send("SETUP", RtspUrl.Resolve(requestUrl, contentBase, wanted[next].Control), now, ("Transport", RtspTransport.Request((byte)(next * 2))));
    }

    private void TakeSetup(RtspMessage message, TimeSpan now)
    {
        var transport = RtspTransport.Parse(message["Transport"]);
        if (transport.IsDatagram)
        {
            Finish(RtspEnd.DatagramOnly);
            return;
        }

        var named = RtspSessionHeader.Parse(message["Session"]);
        (sessionId, timeout) = (named.Id ?? sessionId, named.Timeout ?? timeout);
        var channels = transport.Interleaved ?? ((byte)(tracks.Count * 2), (byte)((tracks.Count * 2) + 1));
        if (tracks.Any(t => t.RtpChannel == channels.Rtp))
        {
            // The server repeated another track's channels: it will use the ones we asked for, or nothing could be told apart.
            channels = ((byte)(tracks.Count * 2), (byte)((tracks.Count * 2) + 1));
        }

        tracks.Add(new RtspTrack { Media = wanted[tracks.Count].Media, RtpChannel = channels.Rtp, RtcpChannel = channels.Rtcp });
        if (tracks.Count < wanted.Count)
        {
            SendNextSetup(now);
            return;
        }

        StartPlay(now);
    }

    private void StartPlay(TimeSpan now)
    {
        State = RtspState.StartingPlay;
        Send("PLAY", playUrl, now, ("Range", "npt=0.000-"));
    }

    private void AnswerChallenge(RtspMessage message, Pending asked, TimeSpan now)
    {
        LastStatus = 401;
        if (auth is null)
        {
            Finish(RtspEnd.PasswordNeeded);
            return;
        }

        // A refusal of a password that was taken before means an old nonce, whether the camera says stale or not. A password that
        // was never taken is not tried twice: cameras lock accounts.
        var again = passwordProved || message.All("WWW-Authenticate").SelectMany(AuthChallenge.Parse).Any(c => c.IsStale);
        if ((asked.Authorized && !again) || ++authAttempts > MostAuthAttempts || !auth.Take(message.All("WWW-Authenticate")))
        {
            Finish(RtspEnd.WrongPassword);
            return;
        }

        Send(asked.Method, asked.Url, now, asked.Extra);
    }

    private void SendKeepAlive(TimeSpan now)
    {
        Send(parameterKeepAlive ? "GET_PARAMETER" : "OPTIONS", playUrl, now);
        keepAliveCseq = pending!.Value.CSeq;
        pending = null; // A camera that sends pictures but no answer to this is alive all the same.
    }

    private void ReceiveKeepAlive(RtspMessage message)
    {
        if (message.StatusCode == 401)
        {
            auth?.Take(message.All("WWW-Authenticate"));
            keepAliveAt = TimeSpan.Zero; // At once again, with the new nonce.
            keepAliveCseq = -1;
        }
        else if (message.StatusCode == 454)
        {
            LastStatus = 454;
            Finish(RtspEnd.ServerEnded);
        }
        else if (message.StatusCode >= 400)
        {
            parameterKeepAlive = false;
        }
    }

    private void ReceiveRequest(RtspMessage request)
    {
        var known = request.Method is "OPTIONS" or "GET_PARAMETER" or "SET_PARAMETER" or "ANNOUNCE" or "REDIRECT" or "TEARDOWN";
        var headers = new List<KeyValuePair<string, string>> { new("CSeq", request["CSeq"] ?? "0") };
        sends.Enqueue(new RtspMessage(known ? 200 : 501, known ? "OK" : "Not Implemented", headers, []).Encode());
        if (request.Method == "REDIRECT" && Uri.TryCreate(request["Location"], UriKind.Absolute, out var target))
        {
            RedirectTo = target;
            Finish(RtspEnd.Redirect);
        }
        else if (request.Method is "TEARDOWN" or "REDIRECT")
        {
            Finish(RtspEnd.ServerEnded);
        }
    }

    private void Send(string method, string url, TimeSpan now, params (string Name, string Value)[] extra)
    {
        var headers = new List<KeyValuePair<string, string>>
        {
            new("CSeq", (++cseq).ToString(CultureInfo.InvariantCulture)),
            new("User-Agent", userAgent),
        };
        var authorization = auth?.Header(method, url);
        if (authorization is not null)
        {
            headers.Add(new("Authorization", authorization));
        }

        if (sessionId is not null)
        {
            headers.Add(new("Session", sessionId));
        }

        foreach (var (name, value) in extra)
        {
            headers.Add(new(name, value));
        }

        sends.Enqueue(new RtspMessage(method, url, headers, []).Encode());
        pending = new Pending(method, url, extra, cseq, authorization is not null, now + answerTimeout);
    }

    private void Finish(RtspEnd why)
    {
        if (State != RtspState.Ended)
        {
            (State, End) = (RtspState.Ended, why);
        }

        pending = null;
        keepAliveAt = TimeSpan.MaxValue;
    }

    private void Expect(RtspState state)
    {
        if (State != state)
        {
            throw new InvalidOperationException($"The session is {State}, not {state}.");
        }
    }

    private readonly record struct Pending(
        string Method, string Url, (string Name, string Value)[] Extra, int CSeq, bool Authorized, TimeSpan Deadline);
}
