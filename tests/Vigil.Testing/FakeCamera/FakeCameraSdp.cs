using System.Globalization;
using System.Text;
using Vigil.Protocols.Codecs;

namespace Vigil.Testing;

/// <summary>What a <see cref="FakeCamera"/> says of its stream.</summary>
internal static class FakeCameraSdp
{
    public static string Write(FakeCamera camera)
    {
        var text = new StringBuilder("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=fake\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n");
        if (camera.Manners == Manners.OddCodec)
        {
            return text.Append("m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:track1\r\n").ToString();
        }

        if (camera.Manners == Manners.HugeDescription)
        {
            for (var i = 0; text.Length < 10_000_000; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"a=x-line-{i}:{new string('z', 100)}\r\n");
            }

            return text.ToString();
        }

        var clip = camera.Clip;
        var h265 = clip.Video.Codec == Codec.H265;
        text.Append("m=video 0 RTP/AVP 96\r\n");
        text.Append(CultureInfo.InvariantCulture, $"a=rtpmap:96 {(h265 ? "H265" : "H264")}/90000\r\n");
        if (!h265)
        {
            var sets = camera.Faults.NoParameterSets ? "" : $";sprop-parameter-sets={string.Join(',', clip.ParameterSets.Select(Convert.ToBase64String))}";
            text.Append(CultureInfo.InvariantCulture, $"a=fmtp:96 packetization-mode=1{sets}\r\n");
        }

        text.Append("a=control:track1\r\n");
        if (clip.Audio is { } audio)
        {
            text.Append("m=audio 0 RTP/AVP 97\r\n");
            if (camera.SoundName is { } name)
            {
                return text.Append(CultureInfo.InvariantCulture, $"a=rtpmap:97 {name}/{audio.ClockRate}\r\na=control:track2\r\n").ToString();
            }

            text.Append(CultureInfo.InvariantCulture, $"a=rtpmap:97 MPEG4-GENERIC/{audio.ClockRate}/{audio.Channels}\r\n");
            text.Append(
                CultureInfo.InvariantCulture,
                $"a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config={Convert.ToHexString(audio.Config.Span)}\r\n");
            text.Append("a=control:track2\r\n");
        }

        return text.ToString();
    }
}
