using Vigil.Protocols.Rtsp;

namespace Vigil.Protocols.Tests.Rtsp;

public sealed class RtspUrlTests
{
    [Theory]
    [InlineData("rtsp://h/live", null, "track1", "rtsp://h/live/track1")]
    [InlineData("rtsp://h/live", "rtsp://h/live/", "track1", "rtsp://h/live/track1")]
    [InlineData("rtsp://h/live", "rtsp://h/live/", "*", "rtsp://h/live/")]
    [InlineData("rtsp://h/live", "rtsp://h/live/", "", "rtsp://h/live/")]
    [InlineData("rtsp://h/live", "rtsp://10.0.0.9:8554/live/", "track1", "rtsp://h/live/track1")]
    [InlineData("rtsp://h:8554/live", null, "rtsp://10.0.0.9/live/track1", "rtsp://h:8554/live/track1")]
    [InlineData("rtsp://h/cam?channel=1&subtype=0", null, "trackID=0", "rtsp://h/cam?channel=1&subtype=0/trackID=0")]
    [InlineData("rtsp://h/cam", null, "?ctype=video", "rtsp://h/cam?ctype=video")]
    [InlineData("rtsp://h/cam", "nonsense", "track1", "rtsp://h/cam/track1")]
    [InlineData("rtsp://h/cam", "/other/", "track1", "rtsp://h/other/track1")]
    public void Controls_are_appended_as_cameras_mean_them(string request, string? contentBase, string control, string expected) =>
        RtspUrl.Resolve(request, contentBase, control).ShouldBe(expected);

    [Theory]
    [InlineData("rtsp://h/x", 554)]
    [InlineData("rtsps://h/x", 322)]
    [InlineData("rtsp://h:8554/x", 8554)]
    [InlineData("https://h/x", 443)]
    public void Ports_are_known_by_scheme(string address, int port) => RtspUrl.PortOf(new Uri(address)).ShouldBe(port);

    [Fact]
    public void A_request_carries_no_user_information() =>
        RtspUrl.ForRequest(new Uri("rtsp://user:secret@h:8554/live?x=1#f")).ShouldBe("rtsp://h:8554/live?x=1");

    [Theory]
    [InlineData("RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1234", 0, 1, false)]
    [InlineData("RTP/AVP/TCP;interleaved=4", 4, 5, false)]
    [InlineData("RTP/AVP;unicast;interleaved=2-3", 2, 3, false)]
    [InlineData("RTP/AVP;unicast;client_port=5000-5001", -1, -1, true)]
    [InlineData("RTP/AVP/TCP;unicast", -1, -1, false)]
    [InlineData("interleaved=999-1", -1, -1, false)]
    [InlineData("", -1, -1, false)]
    [InlineData(null, -1, -1, false)]
    public void Transports_are_read_leniently(string? header, int rtp, int rtcp, bool datagram)
    {
        var transport = RtspTransport.Parse(header);

        transport.IsDatagram.ShouldBe(datagram);
        transport.Interleaved.ShouldBe(rtp < 0 ? null : ((byte)rtp, (byte)rtcp));
    }
}
