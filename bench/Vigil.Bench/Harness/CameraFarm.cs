using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Vigil.Bench.Harness;

/// <summary>
/// Any number of well-behaved RTSP cameras in a process of their own: every connection to the one port is a camera that plays the same
/// encoded material for ever, on its own clock. '/v' is video, '/av' is video and AAC. Cheap enough not to disturb what is measured. Told
/// 'restart PATH SECONDS', the camera of that path hangs up and is away for so long.
/// </summary>
internal static partial class CameraFarm
{
    [GeneratedRegex(@"(OPTIONS|DESCRIBE|SETUP|PLAY|PAUSE|TEARDOWN|GET_PARAMETER) (\S+) RTSP/1\.0$")]
    private static partial Regex Request();

    private static readonly ConcurrentDictionary<string, CancellationTokenSource> Viewers = new();
    private static readonly ConcurrentDictionary<string, DateTimeOffset> AwayUntil = new();

    public static async Task<int> Run(string[] arguments)
    {
        var video = AnnexB.AccessUnits(await File.ReadAllBytesAsync(arguments[0]));
        var audio = Adts.Frames(await File.ReadAllBytesAsync(arguments[1]));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(200);
        Console.WriteLine($"READY {((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}");
        using var end = new CancellationTokenSource();
        var accepting = Accept(listener, video, audio, end.Token);
        while (await Console.In.ReadLineAsync() is { } told)
        {
            if (told.Split(' ') is ["restart", var path, var seconds])
            {
                AwayUntil[path] = TimeProvider.System.GetUtcNow().AddSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
                if (Viewers.TryRemove(path, out var viewer))
                {
                    await viewer.CancelAsync();
                }

                Console.WriteLine(told);
            }
        }

        await end.CancelAsync();
        await accepting;
        return 0;
    }

    private static async Task Accept(TcpListener listener, List<List<byte[]>> video, List<byte[]> audio, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(cancel);
                client.NoDelay = true;
                _ = Serve(client, video, audio, cancel);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task Serve(TcpClient client, List<List<byte[]>> video, List<byte[]> audio, CancellationToken cancel)
    {
        using var _ = client;
        using var writing = new SemaphoreSlim(1, 1);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var playing = Task.CompletedTask;
        var setups = 0;
        try
        {
            while (await reader.ReadLineAsync(ended.Token) is { } request)
            {
                // Receiver reports have no lines of their own: they stand before a request, on its line.
                if (Request().Match(request) is not { Success: true } match)
                {
                    continue;
                }

                var sequence = "0";
                while (await reader.ReadLineAsync(ended.Token) is { Length: > 0 } header)
                {
                    if (header.StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase))
                    {
                        sequence = header[5..].Trim();
                    }
                }

                var method = match.Groups[1].Value;
                var path = "/" + string.Join('/', new Uri(match.Groups[2].Value).AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(2));
                if (AwayUntil.TryGetValue(path, out var until) && TimeProvider.System.GetUtcNow() < until)
                {
                    break;
                }

                Viewers[path] = ended;
                var answer = method switch
                {
                    "DESCRIBE" => Describe(match.Groups[2].Value, video[0]),
                    "SETUP" => $"Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved={2 * setups}-{(2 * setups++) + 1}\r\n\r\n",
                    "OPTIONS" => "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n\r\n",
                    _ => "Session: 1;timeout=60\r\n\r\n",
                };
                await Write(stream, writing, Encoding.ASCII.GetBytes($"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{answer}"), ended.Token);
                if (method == "PLAY")
                {
                    playing = Play(stream, writing, video, setups > 1 ? audio : [], ended.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The viewer is gone.
        }

        await ended.CancelAsync();
        await playing;
    }

    private static string Describe(string address, List<byte[]> firstUnit)
    {
        var sps = Convert.ToBase64String(firstUnit.First(n => (n[0] & 31) == 7));
        var pps = Convert.ToBase64String(firstUnit.First(n => (n[0] & 31) == 8));
        var sdp = $"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=farm\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            + $"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sps},{pps}\r\na=control:v\r\n";
        if (address.Contains("/av", StringComparison.Ordinal))
        {
            sdp += "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/1\r\n"
                + "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1188\r\na=control:a\r\n";
        }

        return $"Content-Base: {address}/\r\nContent-Type: application/sdp\r\nContent-Length: {sdp.Length}\r\n\r\n{sdp}";
    }

    private static async Task Play(
        NetworkStream stream, SemaphoreSlim writing, List<List<byte[]>> video, List<byte[]> audio, CancellationToken cancel)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        // Whoever reads a counter out of the pictures knows from this when each was due.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PLAYING {(time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds:F3}"));
        var picture = new RtpSender(0, 96, 1);
        var sound = new RtpSender(2, 97, 2);
        long frames = 0, sounds = 0;
        try
        {
            while (true)
            {
                var nextPicture = TimeSpan.FromMilliseconds(frames * 40);
                var nextSound = audio.Count == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(sounds * 1024 / 48000d);
                var wait = (nextPicture < nextSound ? nextPicture : nextSound) - time.GetElapsedTime(began);
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, time, cancel);
                }

                var packets = nextPicture <= nextSound
                    ? picture.Video(video[(int)(frames % video.Count)], (uint)(frames++ * 3600))
                    : sound.Aac(audio[(int)(sounds % audio.Count)], (uint)(sounds++ * 1024));
                await Write(stream, writing, packets, cancel);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The viewer is gone.
        }
    }

    private static async Task Write(NetworkStream stream, SemaphoreSlim writing, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await writing.WaitAsync(cancel);
        try
        {
            await stream.WriteAsync(bytes, cancel);
        }
        finally
        {
            writing.Release();
        }
    }
}

/// <summary>Puts access units into interleaved RTP packets (RFC 6184 §5.8, RFC 3640 §3.3.6, RFC 2326 §10.12).</summary>
internal sealed class RtpSender(byte channel, byte payloadType, uint ssrc)
{
    private const int Payload = 1400;
    private readonly List<byte> output = [];
    private ushort sequence;

    public byte[] Video(List<byte[]> nals, uint timestamp)
    {
        output.Clear();
        for (var i = 0; i < nals.Count; i++)
        {
            var nal = nals[i];
            var last = i == nals.Count - 1;
            if (nal.Length <= Payload)
            {
                Packet(last, timestamp, [], nal);
                continue;
            }

            for (var offset = 1; offset < nal.Length; offset += Payload)
            {
                var end = offset + Payload >= nal.Length;
                var header = (byte)((nal[0] & 31) | (offset == 1 ? 0x80 : 0) | (end ? 0x40 : 0));
                Packet(last && end, timestamp, [(byte)((nal[0] & 0xE0) | 28), header], nal.AsSpan(offset, Math.Min(Payload, nal.Length - offset)));
            }
        }

        return [.. output];
    }

    public byte[] Aac(byte[] frame, uint timestamp)
    {
        output.Clear();
        Packet(true, timestamp, [0, 16, (byte)(frame.Length >> 5), (byte)(frame.Length << 3)], frame);
        return [.. output];
    }

    private void Packet(bool marker, uint timestamp, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[16];
        header[0] = (byte)'$';
        header[1] = channel;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(12 + prefix.Length + body.Length));
        header[4] = 0x80;
        header[5] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], sequence++);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], ssrc);
        output.AddRange(header);
        output.AddRange(prefix);
        output.AddRange(body);
    }
}

internal static class AnnexB
{
    /// <summary>Access units as NAL units without start codes; a delimiter (type 9) begins each and is left out.</summary>
    public static List<List<byte[]>> AccessUnits(byte[] file)
    {
        List<List<byte[]>> units = [];
        var starts = new List<int>();
        for (var i = 0; i + 2 < file.Length; i++)
        {
            if (file[i] == 0 && file[i + 1] == 0 && file[i + 2] == 1)
            {
                starts.Add(i + 3);
                i += 2;
            }
        }

        for (var i = 0; i < starts.Count; i++)
        {
            var end = i + 1 < starts.Count ? starts[i + 1] - 3 : file.Length;
            while (end > starts[i] && file[end - 1] == 0)
            {
                end--;
            }

            if ((file[starts[i]] & 31) == 9)
            {
                units.Add([]);
            }
            else
            {
                units[^1].Add(file[starts[i]..end]);
            }
        }

        return units;
    }
}

internal static class Adts
{
    /// <summary>Raw AAC frames without their ADTS headers (7 bytes: the material has no CRC).</summary>
    public static List<byte[]> Frames(byte[] file)
    {
        List<byte[]> frames = [];
        for (var i = 0; i + 7 < file.Length;)
        {
            var length = ((file[i + 3] & 3) << 11) | (file[i + 4] << 3) | (file[i + 5] >> 5);
            frames.Add(file[(i + 7)..(i + length)]);
            i += length;
        }

        return frames;
    }
}
