using System.Buffers;
using System.Text;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Hls;
using Vigil.Protocols.Mp4;
using Vigil.Protocols.Onvif;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Sdp;
using static Vigil.Fuzz.BrokenPromiseException;

namespace Vigil.Fuzz;

/// <summary>One target per parser, with the promises its answers must keep.</summary>
internal static class Targets
{
    public static List<Target> All() =>
    [
        new("rtp", [Hex("80E0FFFE01020304AABBCCDD1122"), Hex("B2E0FFFE01020304AABBCCDD0000000100000002BEDE000110FF0000990002")], Rtp),
        new("rtcp", [Hex("81C8000C11223344E8D0A5B08000000000015F900000000A000003E8AABBCCDD000000000000000100000000000000000000000081CB000111223344")], Rtcp),
        .. UnitTargets.Depacketizers(),
        new("annexb", [Sample("x264-bframes.h264", 3000), Sample("x265-bframes.h265", 3000)], Streams.AnnexB),
        new("sps", [.. ParameterSetSeeds()], Sps),
        new("config", [Hex("0164000bffe100196764000bacd9428df93011000003000100000300320f14299601000668eae094b22cfdf8f800"), .. ParameterSetSeeds()], Config),
        new("aac", [Hex("1190"), Hex("2B098800"), Hex("178012C008"), Hex("F8E85000")], Aac),
        new("adts", [Sample("aac-48k-stereo.adts", 1500)], Streams.Adts),
        new("jpeg", [Sample("mjpeg-420.mjpeg", 9000)], Streams.Jpeg),
        new("multipart",
        [
            Encoding.Latin1.GetBytes("--f\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nabcde\r\n--f\r\nContent-Type: image/jpeg\r\n\r\nxyz\r\n--f--\r\n"),
            Encoding.Latin1.GetBytes("--f\n\nabc\n--f\nX:y\n\ndef\n--f\n"),
        ], Streams.Multipart),
        new("decode-order", [Hex("0003010206040509070810"), Hex("000102030405060708")], DecodeOrderRises),
        new("ts", [Sample("h264-aac.m2ts", 4000)], Streams.TransportStream),
        new("mp4", [.. Mp4Seeds()], Mp4),
        new("rtsp",
        [
            Encoding.Latin1.GetBytes("RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\"\r\n\r\n$\0\0\u0004abcd"),
            Encoding.Latin1.GetBytes("RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=AABBCCDD\r\nContent-Length: 3\r\n\r\nv=0"),
            Encoding.Latin1.GetBytes("OPTIONS rtsp://a/b RTSP/1.0\r\nCSeq: 9\r\n\r\n"),
        ], Streams.Rtsp),
        new("sdp", [.. SdpSeeds()], Sdp),
        .. WebRtcTargets.All(),
        new("onvif",
        [
            Encoding.UTF8.GetBytes("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:t=\"http://www.onvif.org/ver10/schema\" xmlns:m=\"http://www.onvif.org/ver10/media/wsdl\"><s:Body><m:r><m:Profiles token=\"b\"><t:PTZConfiguration/></m:Profiles><t:PTZ><t:XAddr>http://a/b</t:XAddr></t:PTZ></m:r></s:Body></s:Envelope>"),
            Encoding.UTF8.GetBytes("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:t=\"http://www.onvif.org/ver10/schema\" xmlns:p=\"http://www.onvif.org/ver20/ptz/wsdl\"><s:Body><p:r><p:Preset token=\"1\"><t:Name>&amp;&#65;</t:Name></p:Preset><t:UTCDateTime><t:Time><t:Hour>1</t:Hour><t:Minute>4</t:Minute><t:Second>5</t:Second></t:Time><t:Date><t:Year>2026</t:Year><t:Month>2</t:Month><t:Day>28</t:Day></t:Date></t:UTCDateTime></p:r><s:Fault><s:Text>x</s:Text></s:Fault></s:Body></s:Envelope>"),
        ], Onvif),
        .. SignallingTargets.All(),
        new("hls", [Encoding.UTF8.GetBytes("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:3.5,\na.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\nb.m4s\n"),
            Encoding.UTF8.GetBytes("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS=\"avc1.64001f,mp4a.40.2\"\nlow.m3u8\n")], Hls),
    ];

    public static byte[] Sample(string name, int length)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "testdata", "codecs", name));
        return bytes[..Math.Min(length, bytes.Length)];
    }

    public static byte[] Hex(string hex) => Convert.FromHexString(hex);

    public static IEnumerable<byte[]> ParameterSetSeeds() =>
    [
        Hex("67640028acb200f0044fcb8088000003000800000301e078c19240"),
        Hex("6764001eacd940a02ff970110000030001000003003c602001e840007a13930c01e2c5b2c0"),
        Hex("67f400159196405827f8fc0440000003004000000f03c58b92"),
        Hex("42010102200000030090000003000003005da00280802d9f2365959a4932bc05a020000003002000000303c1"),
        Hex("4201010408000003009e0800000300003c9001610094f9f2cacd249caf016808000003000800000300f040"),
        Hex("40010c01ffff01600000030090000003000003001e959409"),
    ];

    private static void Onvif(byte[] input)
    {
        if (OnvifAnswer.TryParse(input, out var answer) == OnvifParseError.None)
        {
            Unless(answer.Presets.Count <= 64 && answer.Profiles.Count <= 32, "lists are bounded");
            Unless(answer.Presets.All(p => p.Token.Length is > 0 and <= OnvifRequest.LongestToken && p.Name.Length <= 100) && answer.FaultText.Length <= 100, "texts are bounded");
        }
    }

    private static void Rtp(byte[] input)
    {
        if (RtpPacket.TryParse(input, out var packet) == RtpParseError.None)
        {
            Unless(packet.Payload.Length + packet.Extension.Length + RtpPacket.FixedHeaderLength <= input.Length, "a payload lies inside its packet");
            _ = packet.Marker ? packet.Timestamp + packet.Ssrc + packet.SequenceNumber : (uint)packet.PayloadType;
        }
    }

    private static void Rtcp(byte[] input)
    {
        var reader = new RtcpReader(input);
        while (reader.TryRead())
        {
            _ = reader.SenderReport.WallClock;
        }
    }

    private static void Sps(byte[] input)
    {
        if (H264Sps.TryParse(input, out var h264) == SpsParseError.None)
        {
            Unless(h264.Width is > 0 and <= CodecLimits.MaxPictureSide && h264.Height is > 0 and <= CodecLimits.MaxPictureSide, "a size is a size");
            Unless(h264.ReorderFrames is null or (>= 0 and <= DecodeOrder.MaxDepth) && double.IsFinite(h264.FramesPerSecond), "times are times");
            _ = h264.CodecString;
        }

        if (H265Sps.TryParse(input, out var h265) == SpsParseError.None)
        {
            Unless(h265.Width is > 0 and <= CodecLimits.MaxPictureSide && h265.Height is > 0 and <= CodecLimits.MaxPictureSide, "a size is a size");
            _ = h265.CodecString;
        }

        if (input.Length > 1)
        {
            _ = H264Nal.RecoveryPoint(input);
            _ = H264Nal.IsIntraSlice(input);
        }
    }

    private static void Config(byte[] input)
    {
        var sets = new List<byte[]>();
        if (H264Config.TryReadParameterSets(input, sets) | H265Config.TryReadParameterSets(input, sets))
        {
            Unless(sets.Sum(s => s.Length) <= input.Length * 2, "parameter sets lie inside their record");
        }

        byte[][] one = [input];
        foreach (var format in (TrackFormat?[])[H264Config.ToFormat(one, one), H265Config.ToFormat(one, one, one)])
        {
            if (format is not null)
            {
                sets.Clear();
                _ = VideoTiming.Of(format).ToDecodeOrder(90_000);
                Unless(format.Codec == Codec.H264 ? H264Config.TryReadParameterSets(format.Config.Span, sets) : H265Config.TryReadParameterSets(format.Config.Span, sets), "we read what we build");
                Unless(sets.All(s => s.AsSpan().SequenceEqual(input)), "parameter sets are not changed");
            }
        }
    }

    private static void Aac(byte[] input)
    {
        if (AudioSpecificConfig.TryParse(input, out var config))
        {
            Unless(config.SampleRate > 0 && config.Channels is >= 0 and <= 8, "a valid configuration is one");
            Unless(AudioSpecificConfig.ToFormat(input) is not null, "a valid configuration is a format");
        }

        _ = OpusFormat.SamplesIn(input);
    }

    private static void DecodeOrderRises(byte[] input)
    {
        var order = new DecodeOrder(input.Length == 0 ? 0 : input[0] & 15, input.Length & 7);
        var last = long.MinValue;
        foreach (var step in input)
        {
            var dts = order.Next(step * 1000L);
            Unless(dts > last, "decoding times rise");
            last = dts;
        }
    }

    private static void Mp4(byte[] input)
    {
        _ = Mp4Box.TryParse(input, out _);
        _ = Mp4InitReader.TryParse(input, out var tracks);
        _ = Mp4FragmentReader.TryParse(input, tracks, out _);
        _ = Mp4FragmentReader.TryParseProducerTime(input, out _);
    }

    private static IEnumerable<byte[]> Mp4Seeds()
    {
        byte[][] sps = [Hex("67640028acb200f0044fcb8088000003000800000301e078c19240")];
        var video = H264Config.ToFormat(sps, [Hex("68eae094b22c")])!;
        var audio = AudioSpecificConfig.ToFormat(Hex("1190"))!;
        var init = new ArrayBufferWriter<byte>();
        Mp4Init.Write(init, [video, audio, OpusFormat.Format(2)]);
        yield return init.WrittenSpan[init.WrittenSpan.IndexOf("moov"u8)..].ToArray() is var moov ? init.WrittenSpan[(init.WrittenCount - moov.Length - 4)..].ToArray() : [];
        var fragment = new ArrayBufferWriter<byte>();
        var samples = new Mp4Sample[] { new(new byte[9], 3600, 7200, true), new(new byte[5], 3600, -3600, false) };
        Mp4Fragment.Write(fragment, 3, [new TrackSamples { TrackId = 1, BaseDecodeTime = 90_000, Samples = samples }]);
        yield return fragment.WrittenSpan.ToArray();
    }

    private static IEnumerable<byte[]> SdpSeeds() =>
    [
        Encoding.Latin1.GetBytes(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            + "a=fmtp:96 packetization-mode=1;profile-level-id=640028;sprop-parameter-sets=Z2QAKKyyAPAET8uAiAAAAwAIAAADAeB4wZJA,aOrglLIs\r\na=control:trackID=1\r\n"
            + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=fmtp:97 mode=AAC-hbr;config=1190;sizeLength=13;indexLength=3;indexDeltaLength=3\r\na=control:trackID=2\r\n"),
        Encoding.Latin1.GetBytes("v=0\nm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 0 8\nm=audio 0 RTP/AVP 98\na=rtpmap:98 MP4A-LATM/48000/2\na=fmtp:98 cpresent=0;config=400023203fc0\n"),
        Encoding.Latin1.GetBytes("v=0\nm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwAelZQJ;sprop-max-don-diff=2\nm=audio 0 RTP/AVP 99\na=rtpmap:99 opus/48000/2\n"),
    ];

    private static void Sdp(byte[] input)
    {
        if (!SdpDescription.TryParse(input, out var description))
        {
            return;
        }

        foreach (var media in description.Media)
        {
            if (SdpTracks.Describe(media) is { } track)
            {
                _ = Depacketizer.Create(track)?.Format;
            }
        }

        _ = SdpTracks.Choose(description, true, true, static _ => true);
    }

    private static void Hls(byte[] input)
    {
        _ = HlsPlaylist.TryParse(Encoding.UTF8.GetString(input), out _);
    }
}
