using System.Text;
using Vigil.Media.Bus;
using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class PictureReaderTests
{
    /// <summary>A frame header of 160×120 pixels, a scan, some entropy with a stuffed byte.</summary>
    private static readonly byte[] Picture =
    [
        0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 120, 0, 160, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xFF, 0, 4, 0xFF, 0xD9,
    ];

    [Theory]
    [InlineData("multipart/x-mixed-replace; boundary=frame", "--frame\r\nContent-Type: image/jpeg\r\n\r\n")]
    [InlineData("multipart/x-mixed-replace; boundary=--frame", "--frame\r\n\r\n")]
    [InlineData("multipart/x-mixed-replace; boundary=--video frame--", "--video frame--\r\n\r\n")]
    [InlineData("multipart/x-mixed-replace; boundary=frame", "frame\r\nContent-Type: image/jpeg\r\n\r\n")]
    [InlineData("multipart/x-mixed-replace; boundary=frame", "--other\nContent-Type: image/jpeg\n\n")]
    [InlineData("multipart/x-mixed-replace", "--frame\r\n\r\n")]
    [InlineData("video/x-motion-jpeg", "")]
    [InlineData("", "--frame\r\n\r\n")]
    public async Task Pictures_are_found_whatever_a_camera_makes_of_the_boundary(string type, string before)
    {
        var body = Enumerable.Range(0, 5).SelectMany(_ => (byte[])[.. Encoding.ASCII.GetBytes(before), .. Picture, .. before.Length > 0 ? "\r\n"u8 : default]).ToArray();
        PictureReader.AreBegunBy(body.AsSpan(0, 4)).ShouldBe(!before.StartsWith("frame", StringComparison.Ordinal));

        foreach (var begun in new[] { 0, 4 })
        {
            var sink = new StreamSink(new MediaBus(), new FeedClock(TimeProvider.System));

            // By its boundary alone the last picture is ended by the next.
            (await PictureReader.ReadAsync(type, body[..begun], new MemoryStream(body[begun..]), new JpegTrack(sink), TestContext.Current.CancellationToken))
                .Count.ShouldBeInRange(4, 5);
        }
    }

    [Fact]
    public async Task A_page_has_no_pictures()
    {
        var sink = new StreamSink(new MediaBus(), new FeedClock(TimeProvider.System));

        (await PictureReader.ReadAsync("multipart/x-mixed-replace", [], new MemoryStream(new byte[100_000]), new JpegTrack(sink), TestContext.Current.CancellationToken)).ShouldBe((0, false));
    }
}
