using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Crypto;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Ice;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>
/// The client's side of WHIP (RFC 9725): offers what a bus carries, and sends it to a server by ICE, DTLS and SRTP. H.264 goes as it is; sound that is neither
/// Opus nor G.711 becomes Opus. The HTTP between is the caller's: <see cref="Offer"/> goes out, the answer comes to <see cref="Connect"/>.
/// </summary>
public sealed class WhipSender : IAsyncDisposable
{
    private const int PictureType = 103;
    private const int RepeatType = 104;
    private const int OpusType = 111;
    private const int PcmAType = 8;
    private const int PcmUType = 0;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    private readonly DtlsCertificate certificate;
    private readonly DtlsContext context;
    private readonly IceCredentials credentials = IceCredentials.Create();
    private readonly RtpFanout fanout;
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly bool sendsPicture;
    private readonly Codec? sound;
    private readonly CancellationTokenSource stopped = new();
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PeerTransport? transport;
    private WhipRoads? roads;
    private Task running = Task.CompletedTask;

    /// <param name="bus">What to send; see <see cref="CanSend"/>.</param>
    /// <param name="time">For timers and time stamps.</param>
    /// <param name="logs">For our own mistakes.</param>
    /// <param name="sound">How sound becomes Opus.</param>
    public WhipSender(MediaBus bus, TimeProvider time, ILoggerFactory logs, WebRtcSound? sound = null)
    {
        this.time = time;
        startedAt = time.GetTimestamp();
        certificate = DtlsCertificate.Create(time.GetUtcNow());
        context = new DtlsContext(certificate, DtlsRole.Client);
        sendsPicture = bus.Video is { Codec: Codec.H264 };
        this.sound = bus.Audio is null ? null : bus.Audio is { Codec: Codec.PcmA or Codec.PcmU, ClockRate: 8_000 } g711 ? g711.Codec : Codec.Opus;
        fanout = new RtpFanout(bus, null, new OpusSound(bus, sound ?? new WebRtcSound(), time, logs), time, logs.CreateLogger<WhipSender>(), _ => { });
    }

    /// <summary>Completes when keys are agreed and media flows; is cancelled when that never came.</summary>
    public Task Connected => connected.Task;

    /// <summary>Completes when the session is over, for whichever reason.</summary>
    public Task Ended => ended.Task;

    /// <summary>What goes to the server as <c>application/sdp</c>.</summary>
    public string Offer
    {
        get
        {
            var sdp = new StringBuilder("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
            sdp.Append(sendsPicture && sound is not null ? "a=group:BUNDLE 0 1\r\n" : "a=group:BUNDLE 0\r\n");
            if (sendsPicture)
            {
                Section("video", $"{PictureType} {RepeatType}");
                Line($"a=rtpmap:{PictureType} H264/90000\r\na=fmtp:{PictureType} packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42e01f");
                Line($"a=rtcp-fb:{PictureType} nack\r\na=rtcp-fb:{PictureType} nack pli");
                Line($"a=rtpmap:{RepeatType} rtx/90000\r\na=fmtp:{RepeatType} apt={PictureType}");
            }

            if (sound is { } heard)
            {
                var (type, map) = heard switch
                {
                    Codec.PcmA => (PcmAType, "PCMA/8000"),
                    Codec.PcmU => (PcmUType, "PCMU/8000"),
                    _ => (OpusType, "opus/48000/2"),
                };
                Section("audio", type.ToString(CultureInfo.InvariantCulture));
                Line($"a=rtpmap:{type} {map}");
            }

            return sdp.ToString();

            void Section(string kind, string types)
            {
                Line($"m={kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=mid:{(kind == "audio" && sendsPicture ? 1 : 0)}");
                Line($"a=ice-ufrag:{credentials.UsernameFragment}\r\na=ice-pwd:{credentials.Password}\r\na=fingerprint:sha-256 {certificate.Fingerprint}");
                Line($"a=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\na=msid:vigil {kind}");
            }

            void Line(FormattableString text) => sdp.Append(text.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        }
    }

    /// <summary>Whether the bus carries anything that a WHIP server takes; its picture must be H.264.</summary>
    public static bool CanSend(MediaBus bus) => bus.Video is { Codec: Codec.H264 } || (bus.Video is null && bus.Audio is not null);

    /// <summary>Begins to send; false when the answer cannot be used. Once.</summary>
    public bool Connect(string sdp)
    {
        if (!PublishingAnswer.TryParse(sdp, out var answer))
        {
            return false;
        }

        var opened = new PeerTransport(context, credentials, answer.Transport, Now);
        var takes = answer.Taken.Count > 0 && answer.Taken[0];
        var heard = sound is not null && answer.Taken.Count > (sendsPicture ? 1 : 0) && answer.Taken[sendsPicture ? 1 : 0];
        var viewer = new WhepViewer(opened, fanout, time, End)
        {
            Video = sendsPicture && takes ? new ViewerTrack(fanout.Video, opened, PictureType, RepeatType) : null,
            Audio = heard ? Track(opened) : null,
            RepeatsGroups = false,
        };
        opened.Attach(viewer);
        transport = opened;
        roads = new WhipRoads(answer, credentials);
        running = Task.WhenAll(TickAsync(opened, roads), ReceiveAsync(opened, roads));
        return true;
    }

    /// <summary>Says goodbye, if there is somebody to say it to.</summary>
    public async ValueTask DisposeAsync()
    {
        transport?.Dispose();
        await stopped.CancelAsync();
        await running;
        await fanout.DisposeAsync();
        roads?.Dispose();
        context.Dispose();
        stopped.Dispose();
        End();
    }

    private TimeSpan Now => time.GetElapsedTime(startedAt);

    private ViewerTrack Track(PeerTransport opened) => sound switch
    {
        Codec.PcmA => new ViewerTrack(fanout.PcmA, opened, PcmAType, 0),
        Codec.PcmU => new ViewerTrack(fanout.PcmU, opened, PcmUType, 0),
        _ => new ViewerTrack(fanout.Opus, opened, OpusType, 0),
    };

    private async Task TickAsync(PeerTransport opened, WhipRoads open)
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        try
        {
            do
            {
                open.Tick(Now);
                opened.Tick(Now);
                if (opened.IsConnected)
                {
                    connected.TrySetResult();
                }
            }
            while (!opened.IsClosed && await timer.WaitForNextTickAsync(stopped.Token));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReceiveAsync(PeerTransport opened, WhipRoads open)
    {
        var buffer = new byte[2048];
        try
        {
            while (!opened.IsClosed)
            {
                var length = await open.ReceiveAsync(buffer, road => opened.Open(road, Now), stopped.Token);
                opened.Receive(open.Chosen!, buffer.AsSpan(0, length), Now);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private void End()
    {
        connected.TrySetCanceled();
        ended.TrySetResult();
    }
}
