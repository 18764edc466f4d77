using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class CameraAddressTests
{
    [Theory]
    [InlineData("rtsp://192.168.1.20:554/stream1", "rtsp://192.168.1.20:554/stream1", null, null)]
    [InlineData("  RTSP://cam.local/x  ", "rtsp://cam.local/x", null, null)]
    [InlineData("rtsp://admin:secret@192.168.1.20/s", "rtsp://192.168.1.20/s", "admin", "secret")]
    [InlineData("rtsp://admin:p@ss:word@10.0.0.2:8554/s?x=a@b", "rtsp://10.0.0.2:8554/s?x=a@b", "admin", "p@ss:word")]
    [InlineData("rtsp://us%40er:p%2Fw@10.0.0.2/s", "rtsp://10.0.0.2/s", "us@er", "p/w")]
    [InlineData("rtsp://admin@10.0.0.2/s", "rtsp://10.0.0.2/s", "admin", null)]
    [InlineData("http://[fd00::20]:8080/video", "http://[fd00::20]:8080/video", null, null)]
    [InlineData("http://10.0.0.2/cgi?cmd=main&usr=bob&pwd=s%26x", "http://10.0.0.2/cgi?cmd=main&usr=bob&pwd={password}", null, "s&x")]
    [InlineData("rtsp://10.0.0.2/user=admin&password=s%26x&channel=1&stream=0.sdp?real_stream", "rtsp://10.0.0.2/user=admin&password={password}&channel=1&stream=0.sdp?real_stream", null, "s&x")]
    [InlineData("rtsp://10.0.0.2/user=admin_password=a_b_channel=1_stream=0.sdp", "rtsp://10.0.0.2/user=admin_password={password}_channel=1_stream=0.sdp", null, "a_b")]
    [InlineData("http://10.0.0.2/video;PWD=secret?x=1#f", "http://10.0.0.2/video;PWD={password}?x=1#f", null, "secret")]
    [InlineData("rtsp://admin:one@10.0.0.2/s?bypass=2&pass={password}", "rtsp://10.0.0.2/s?bypass=2&pass={password}", "admin", "one")]
    [InlineData("test:kitchen", "test:kitchen", null, null)]
    [InlineData("test:", "test:", null, null)]
    public void An_address_is_taken_apart(string pasted, string text, string? username, string? password)
    {
        var address = CameraAddress.TryParse(pasted, out var error).ShouldNotBeNull();

        error.ShouldBe("");
        address.Text.ShouldBe(text);
        address.Username.ShouldBe(username);
        address.Password.ShouldBe(password);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("file:///etc/passwd")]
    [InlineData("exec:ls")]
    [InlineData("concat:a|b")]
    [InlineData("-i")]
    [InlineData("--help")]
    [InlineData("rtsp://")]
    [InlineData("rtsp:///path")]
    [InlineData("rtsp:camera")]
    [InlineData("rtsp://-oProxy/x")]
    [InlineData("rtsp://a@-host/x")]
    [InlineData("rtsp://host:99999/x")]
    [InlineData("rtsp://host:0/x")]
    [InlineData("rtsp://host/a b")]
    [InlineData("rtsp://host/a\nSETUP")]
    [InlineData("rtsp://host/a\0b")]
    [InlineData("rtsp://host\\x")]
    [InlineData("rtsp://admin:pa/ss@host/x")]
    [InlineData("ftp://host/x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("test:../x")]
    [InlineData("192.168.1.20")]
    public void Nonsense_is_refused_with_words(string pasted)
    {
        CameraAddress.TryParse(pasted, out var error).ShouldBeNull();
        error.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_long_address_is_refused()
    {
        CameraAddress.TryParse("rtsp://host/" + new string('a', 489), out _).ShouldBeNull();
        CameraAddress.TryParse("rtsp://host/" + new string('a', 488), out _).ShouldNotBeNull();
    }

    [Fact]
    public void The_password_returns_into_the_query_only_to_connect() =>
        CameraAddress.ToConnect("http://10.0.0.2/cgi?pwd={password}", "s&x").OriginalString.ShouldBe("http://10.0.0.2/cgi?pwd=s%26x");
}
