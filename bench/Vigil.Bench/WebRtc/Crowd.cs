using System.Diagnostics;
using System.Globalization;
using Vigil.Media.Crypto;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Srtp;

namespace Vigil.Bench.WebRtc;

/// <summary>
/// Many clients in one process, of one thread. 'crowd whep|janus URL COUNT' watches until its input ends; 'count' tells what came.
/// 'crowd churn WHEP WHIP' comes and goes: each 'churn N' is N sessions, most of them polite, some that vanish, some that never begin.
/// </summary>
internal sealed class Crowd
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(30);

    private readonly long startedAt = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private readonly CancellationTokenSource ended = new();
    private CrowdPeer[] peers = [];

    private TimeSpan Now => Stopwatch.GetElapsedTime(startedAt);

    public static async Task<int> Run(string[] arguments)
    {
        var certificate = DtlsCertificate.Create(TimeProvider.System.GetUtcNow());
        using var context = new DtlsContext(certificate, DtlsRole.Client);
        using var http = new HttpClient();
        var crowd = new Crowd();
        var doors = new CrowdDoors(context, certificate, http, () => crowd.Now);
        var receiving = crowd.ReceiveAsync();
        if (arguments is ["churn", var whep, var whip])
        {
            Console.WriteLine("READY");
            while (await Console.In.ReadLineAsync() is { } line)
            {
                var count = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
                await crowd.ChurnAsync(doors, whep, whip, count);
                Console.WriteLine(line);
            }
        }
        else
        {
            await crowd.WatchAsync(doors, arguments[0] == "janus", arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
            Console.WriteLine("READY");
            while (await Console.In.ReadLineAsync() is { } line)
            {
                Console.WriteLine($"{line} {crowd.Count()}");
            }

            crowd.Leave(crowd.peers, abruptly: false);
            await doors.LeaveJanusAsync();
        }

        await crowd.ended.CancelAsync();
        await receiving;
        return 0;
    }

    private async Task WatchAsync(CrowdDoors doors, bool janus, string url, int count)
    {
        foreach (var few in Enumerable.Range(0, count).Chunk(10))
        {
            var joined = await Task.WhenAll(few.Select(_ => janus ? doors.WatchJanusAsync(url) : doors.OfferAsync(url, publish: false)));
            await EnterAsync(joined);
        }
    }

    /// <summary>Ten at a time: one publishes, six watch and say goodbye, two watch and vanish, one only makes an offer.</summary>
    private async Task ChurnAsync(CrowdDoors doors, string whep, string whip, int count)
    {
        for (var done = 0; done < count; done += 10)
        {
            var publisher = await doors.OfferAsync(whip, publish: true);
            var viewers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => doors.OfferAsync(whep, publish: false)));
            var never = await doors.OfferAsync(whep, publish: false);
            never.Dispose();
            await EnterAsync([publisher, .. viewers]);
            Publish(publisher);
            await Task.Delay(TimeSpan.FromMilliseconds(60), TimeProvider.System);
            Leave(viewers[..6], abruptly: false);
            Leave(viewers[6..], abruptly: true);
            Leave([publisher], abruptly: done % 20 == 0);
        }
    }

    /// <summary>One small key frame, and a packet that is lost on its way.</summary>
    private static void Publish(CrowdPeer peer)
    {
        byte[] access = [0x18, 0, 12, 0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0x2D, 0xC8, 0, 0, 3, 0, 4, 0x68, 0xCE, 0x3C, 0x80, 0, 3, 0x65, 0x88, 0x84];
        var buffer = new byte[256];
        lock (peer.Link.Gate)
        {
            foreach (var number in new ulong[] { 1, 2, 4, 5 })
            {
                buffer.AsSpan(0, 12).Clear();
                buffer[0] = 0x80;
                buffer[1] = 0x80 | 103;
                buffer[3] = (byte)number;
                buffer[7] = (byte)number;
                buffer[11] = 7;
                access.CopyTo(buffer, RtpPacket.FixedHeaderLength);
                peer.Link.SendRtp(buffer.AsSpan(0, RtpPacket.FixedHeaderLength + access.Length + SrtpSender.MaxOverhead), RtpPacket.FixedHeaderLength, RtpPacket.FixedHeaderLength + access.Length, number);
            }
        }
    }

    private async Task EnterAsync(CrowdPeer[] joined)
    {
        lock (gate)
        {
            foreach (var peer in joined)
            {
                peer.Begin(Now);
            }

            peers = [.. peers, .. joined];
        }

        await Task.WhenAll(joined.Select(peer => peer.Connected)).WaitAsync(JoinLimit, TimeProvider.System);
    }

    private void Leave(CrowdPeer[] leaving, bool abruptly)
    {
        lock (gate)
        {
            peers = [.. peers.Except(leaving)];
            foreach (var peer in leaving)
            {
                peer.Leave(abruptly);
            }
        }
    }

    /// <summary>Totals: sessions alive, packets, bytes, holes, refused, pictures, and the fewest pictures of one session.</summary>
    private string Count()
    {
        lock (gate)
        {
            return string.Join(' ', new[]
            {
                peers.Count(peer => peer.Link.IsConnected), peers.Sum(peer => peer.Packets), peers.Sum(peer => peer.Bytes), peers.Sum(peer => peer.Lost),
                peers.Sum(peer => peer.Link.Refused), peers.Sum(peer => peer.Pictures), peers.Min(peer => peer.Pictures),
            }.Select(number => number.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private async Task ReceiveAsync()
    {
        var nextTick = TimeSpan.Zero;
        while (!ended.IsCancellationRequested)
        {
            lock (gate)
            {
                var now = Now;
                var ticks = now >= nextTick;
                nextTick = ticks ? now + TickInterval : nextTick;
                foreach (var peer in peers)
                {
                    peer.Drain(now);
                    if (ticks)
                    {
                        peer.TickAll(now);
                    }
                }
            }

            await Task.Delay(Patience, TimeProvider.System);
        }
    }
}
