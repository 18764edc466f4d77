using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class CameraAddressTests
{
    [Theory]
    [InlineData("rtsp://192.168.1.20:554/stream1", "rtsp://192.168.1.20:554/stream1", null, null)]
    [InlineData("  RTSP://cam.local/x  ", "rtsp://cam.local/x", null, null)]
    [InlineData("rtsp://admin:secret@192.168.1.20/s", "rtsp://192.168.1.20/s", "admin", "secret")]
    [InlineData("rtsp://admin:p@ss:word@10.0.0.2:8554/s?x=a@b", "rtsp://10.0.0.2:8554/s?x={secret1}", "admin", "p@ss:word")]
    [InlineData("rtsp://us%40er:p%2Fw@10.0.0.2/s", "rtsp://10.0.0.2/s", "us@er", "p/w")]
    [InlineData("rtsp://admin@10.0.0.2/s", "rtsp://10.0.0.2/s", "admin", null)]
    [InlineData("http://[fd00::20]:8080/video", "http://[fd00::20]:8080/video", null, null)]
    [InlineData("http://10.0.0.2/cgi?cmd=main&usr=bob&pwd=s%26x", "http://10.0.0.2/cgi?cmd=main&usr=bob&pwd={password}", null, "s&x")]
    [InlineData("rtsp://10.0.0.2/user=admin&password=s%26x&channel=1&stream=0.sdp?real_stream", "rtsp://10.0.0.2/user=admin&password={password}&channel=1&stream=0.sdp?real_stream", null, "s&x")]
    [InlineData("rtsp://10.0.0.2/user=admin_password=a_b_channel=1_stream=0.sdp", "rtsp://10.0.0.2/user=admin_password={password}_channel=1_stream=0.sdp", null, "a_b")]
    [InlineData("http://10.0.0.2/video;PWD=secret?x=1#f", "http://10.0.0.2/video;PWD={password}?x={secret1}#{secret2}", null, "secret")]
    [InlineData("rtsp://admin:one@10.0.0.2/s?bypass=2&pass={password}", "rtsp://10.0.0.2/s?bypass={secret1}&pass={password}", "admin", "one")]
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
    [InlineData("rtsp://admin:12/ss@host/x")]
    [InlineData("http://host/proxy/http://admin:secret@camera/x")]
    [InlineData("http://host/x?token={secret1}")]
    [InlineData("http://host/x?token=a{password}")]
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

    [Theory]
    [InlineData("rtsp://h/cam/realmonitor?channel=1&subtype=0&unicast=true&proto=Onvif", "")]
    [InlineData("rtsp://h/axis-media/media.amp?videocodec=h264&resolution=640x360&fps=25", "")]
    [InlineData("rtsp://h/Streaming/Channels/101?transportmode=unicast&profile=Profile_1", "")]
    [InlineData("rtsp://h/user=admin_password={password}_channel=0_stream=0&onvif=0.sdp?real_stream", "")]
    [InlineData("http://h/v?token=S3CRET", "token={secret1}")]
    [InlineData("http://h/v?a=1&auth=S3CRET&fps=5", "auth={secret2}&fps=5")]
    [InlineData("http://h/v?channel=1;sig=S3CRET%2b+/==", "?channel=1;sig={secret1}")]
    [InlineData("http://h/v?chann%65l=1&k%65y=S3CRET", "?chann%65l=1&k%65y={secret1}")]
    [InlineData("http://h/v?p%61ssword=S3+CRET", "?p%61ssword={secret1}")]
    [InlineData("http://h/v?S3CRET", "v?{secret1}")]
    [InlineData("http://h/v?S3CRET=", "v?{secret1}")]
    [InlineData("http://h/v?user=admin:S3CRET", "?user={secret1}")]
    [InlineData("http://h/v?src=rtsp://u:S3CRET@x/", "?src={secret1}")]
    [InlineData("http://h/v?channel=S3CRET-longer-than-any-channel-would-be", "?channel={secret1}")]
    [InlineData("http://h/v?pwd=one&fps=5#S3CRET", "?pwd={password}&fps=5#{secret1}")]
    [InlineData("http://h/user=admin_token=S3_C=RET_channel=1_stream=0.sdp", "/user=admin_token={secret1}_channel=1_stream=0.sdp")]
    [InlineData("http://h/a/user=admin&key=S3&CRET&channel=1/b", "/a/user=admin&key={secret1}&{secret2}&channel=1/b")]
    [InlineData("http://h/live;auth=S3CRET/x", "/live;auth={secret1}/x")]
    public void Only_what_is_known_to_be_harmless_stays_readable_and_all_of_it_is_connected_to(string pasted, string readable)
    {
        var address = CameraAddress.TryParse(pasted, out _).ShouldNotBeNull();

        address.Text.ShouldContain(readable);
        address.Text.ShouldNotContain("S3");
        address.ToString().ShouldNotContain("S3");
        string.Concat(address.Hidden).ShouldNotContain("S3");
        CameraAddress.ToConnect(address.Text, address.Password, address.Hidden).OriginalString.ShouldBe(pasted.Replace("{password}", "", StringComparison.Ordinal));

        var again = CameraAddress.TryParse(address.Text, address.Password, address.Hidden, out _).ShouldNotBeNull();
        again.Text.ShouldBe(address.Text);
        again.Hidden.ShouldBe(address.Hidden);
    }

    [Fact]
    public void A_password_of_its_own_is_not_mistaken_for_the_one_of_the_camera()
    {
        var address = CameraAddress.TryParse("http://u:one@10.0.0.2/v?pwd=two", out _).ShouldNotBeNull();

        address.Text.ShouldBe("http://10.0.0.2/v?pwd={secret1}");
        CameraAddress.ToConnect(address.Text, address.Password, address.Hidden).OriginalString.ShouldBe("http://10.0.0.2/v?pwd=two");
    }

    [Fact]
    public void What_is_hidden_goes_to_no_other_host()
    {
        var known = CameraAddress.TryParse("http://10.0.0.2/v?token=abc", out _).ShouldNotBeNull().Hidden;

        CameraAddress.TryParse("http://10.0.0.2:81/w?fps=5&token={secret1}", null, known, out _).ShouldNotBeNull().Hidden.ShouldBe(known);
        CameraAddress.TryParse("http://10.0.0.3/v?token={secret1}", null, known, out var error).ShouldBeNull();
        error.ShouldContain("10.0.0.3");
        CameraAddress.ToConnect("http://10.0.0.3/v?token={secret1}", null, known).OriginalString.ShouldBe("http://10.0.0.3/v?token=");
    }

    [Fact]
    public void Many_short_values_become_one_secret_rather_than_an_address_that_is_too_long()
    {
        var pasted = "http://10.0.0.2/v?" + string.Join('&', Enumerable.Range(0, 90).Select(i => $"k{i % 10}={i % 9}"));

        var address = CameraAddress.TryParse(pasted, out _).ShouldNotBeNull();

        address.Text.Length.ShouldBeLessThanOrEqualTo(CameraAddress.Longest);
        CameraAddress.ToConnect(address.Text, null, address.Hidden).OriginalString.ShouldBe(pasted);
    }

    [Fact]
    public void The_password_returns_into_the_query_only_to_connect() =>
        CameraAddress.ToConnect("http://10.0.0.2/cgi?pwd={password}", "s&x", []).OriginalString.ShouldBe("http://10.0.0.2/cgi?pwd=s%26x");
}
