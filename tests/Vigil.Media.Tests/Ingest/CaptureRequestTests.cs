using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class CaptureRequestTests
{
    [Fact]
    public void A_local_camera_with_a_microphone_is_one_ffmpeg_with_two_inputs()
    {
        var request = CaptureIngest.CaptureRequest.Of(new Uri("v4l2:/dev/video2?audio=hw:1,0&size=640x480&rate=15&kbps=800")).ShouldNotBeNull();
        string.Join(' ', request.Input).ShouldBe("-thread_queue_size 64 -f v4l2 -framerate 15 -video_size 640x480 -i /dev/video2 -thread_queue_size 512 -f alsa -i hw:1,0");
        string.Join(' ', request.Tracks).ShouldContain("-g 30 -b:v 800k");
        string.Join(' ', request.Tracks).ShouldEndWith("-map 1:a -c:a aac -b:a 64k -ac 1");
    }

    [Fact]
    public void Without_a_microphone_there_is_only_the_picture()
    {
        var request = CaptureIngest.CaptureRequest.Of(new Uri("v4l2:/dev/video0")).ShouldNotBeNull();
        string.Join(' ', request.Input).ShouldBe("-thread_queue_size 64 -f v4l2 -framerate 25 -video_size 1280x720 -i /dev/video0");
        request.Tracks.ShouldNotContain("1:a");
    }

    [Theory]
    [InlineData("v4l2:/etc/passwd")]
    [InlineData("v4l2:-y")]
    [InlineData("v4l2:/dev/video0?size=big")]
    [InlineData("v4l2:/dev/video0?rate=0")]
    [InlineData("v4l2:/dev/video0?audio=-f")]
    [InlineData("v4l2:/dev/video0?filter=x")]
    public void Nothing_that_could_be_another_option_reaches_ffmpeg(string address) =>
        CaptureIngest.CaptureRequest.Of(new Uri(address)).ShouldBeNull();
}
