using System.Text;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests.Codecs;

public sealed class JpegTests
{
    private static readonly byte[] Stream = Testdata.Read("mjpeg-420.mjpeg");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    public void A_stream_of_pictures_is_cut_the_same_however_it_comes(int chunk)
    {
        var pictures = Split(Stream, chunk, out var splitter);

        pictures.Count.ShouldBe(3);
        pictures.SelectMany(p => p).ShouldBe(Stream);
        splitter.SkippedBytes.ShouldBe(0);
        foreach (var picture in pictures)
        {
            JpegHeader.TryReadSize(picture, out var width, out var height).ShouldBeTrue();
            (width, height).ShouldBe((160, 96));
        }
    }

    [Fact]
    public void A_thumbnail_inside_EXIF_ends_nothing()
    {
        var picture = Split(Stream, 1_000_000, out _)[0];
        byte[] thumbnail = [0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 1, 0xFF, 0xD9];
        byte[] withThumbnail = [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(thumbnail.Length + 2), .. thumbnail, .. picture[2..]];

        Split([.. withThumbnail, .. picture], 10, out _).ShouldBe([withThumbnail, picture]);
    }

    [Fact]
    public void Garbage_between_pictures_is_skipped_and_a_cut_picture_costs_only_itself()
    {
        var picture = Split(Stream, 1_000_000, out _)[0];
        byte[] mixed = [1, 2, 0xFF, 3, .. picture, 9, 9, .. picture[..2000], .. picture, 0xFF];

        Split(mixed, 64, out var splitter).Select(Convert.ToHexString).ShouldBe([Convert.ToHexString(picture), Convert.ToHexString(picture)]);
        splitter.DroppedPictures.ShouldBe(1);
    }

    [Fact]
    public void A_picture_without_end_is_given_up_at_the_cap()
    {
        var splitter = new JpegSplitter(maxPictureBytes: 10_000);
        splitter.Push([0xFF, 0xD8, 0xFF, 0xDA, 0, 2]);
        for (var i = 0; i < 100; i++)
        {
            splitter.Push(new byte[1000]);
            splitter.TryTake(out _).ShouldBeFalse();
        }

        splitter.DroppedPictures.ShouldBe(1);
        var picture = Split(Stream, 1_000_000, out _)[0];
        splitter.Push(picture);
        splitter.TryTake(out var taken).ShouldBeTrue();
        taken.ToArray().ShouldBe(picture);
    }

    [Fact]
    public void The_size_of_every_truncation_is_found_or_refused()
    {
        for (var length = 0; length < 700; length++)
        {
            if (JpegHeader.TryReadSize(Stream.AsSpan(0, length), out var width, out var height))
            {
                (width, height).ShouldBe((160, 96));
            }
        }
    }

    [Theory]
    [InlineData("multipart/x-mixed-replace;boundary=frame", "frame")]
    [InlineData("multipart/x-mixed-replace; boundary=\"--my boundary\"", "--my boundary")]
    [InlineData("Multipart/X-Mixed-Replace; charset=x; BOUNDARY=--b", "--b")]
    public void The_boundary_is_read_from_the_header(string header, string boundary)
    {
        MultipartSplitter.TryReadBoundary(header, out var read).ShouldBeTrue();
        read.ShouldBe(boundary);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("image/jpeg")]
    [InlineData("multipart/x-mixed-replace")]
    [InlineData("multipart/x-mixed-replace;boundary=--")]
    public void A_header_without_boundary_is_refused(string? header) => MultipartSplitter.TryReadBoundary(header, out _).ShouldBeFalse();

    [Theory]
    [InlineData("frame", "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nab\r\nc\r\n--frame\r\ncontent-type: IMAGE/JPEG; q=1\r\nContent-Length: 3\r\n\r\nxyz\r\n--frame--\r\n")]
    [InlineData("--frame", "\r\n\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\nab\r\nc\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\nxyz\r\n--frame\r\n")]
    [InlineData("frame", "----frame\nContent-type: image/jpeg\n\nab\r\nc\n----frame\nContent-type:image/jpeg\n\nxyz\n----frame\n")]
    public void Parts_are_taken_apart_as_cameras_write_them(string boundary, string text)
    {
        text = text.Replace("----frame", "--frame", StringComparison.Ordinal);
        foreach (var chunk in (int[])[1, 4, 10_000])
        {
            var splitter = new MultipartSplitter(boundary);
            var parts = new List<(string, string)>();
            foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(chunk))
            {
                splitter.Push(piece);
                while (splitter.TryTake(out var part))
                {
                    parts.Add((part.ContentType, Encoding.Latin1.GetString(part.Body.Span)));
                }
            }

            parts.ShouldBe([("image/jpeg", "ab\r\nc"), ("image/jpeg", "xyz")], $"chunks of {chunk}");
            splitter.Error.ShouldBe(MultipartError.None);
        }
    }

    [Fact]
    public void Headers_and_parts_have_caps()
    {
        var endless = new MultipartSplitter("f");
        endless.Push(Encoding.Latin1.GetBytes("--f\r\nX: " + new string('x', CodecLimits.MaxPartHeaderBytes + 1)));
        endless.TryTake(out _).ShouldBeFalse();
        endless.Error.ShouldBe(MultipartError.HeaderTooLong);

        var announced = new MultipartSplitter("f", 100);
        announced.Push(Encoding.Latin1.GetBytes("--f\r\nContent-Length: 101\r\n\r\n"));
        announced.TryTake(out _).ShouldBeFalse();
        announced.Error.ShouldBe(MultipartError.PartTooLong);

        var silent = new MultipartSplitter("f", 100);
        silent.Push(Encoding.Latin1.GetBytes("--f\r\n\r\n" + new string('x', 101)));
        silent.TryTake(out _).ShouldBeFalse();
        silent.Error.ShouldBe(MultipartError.PartTooLong);
    }

    private static List<byte[]> Split(byte[] stream, int chunk, out JpegSplitter splitter)
    {
        splitter = new JpegSplitter();
        var pictures = new List<byte[]>();
        foreach (var piece in stream.Chunk(chunk))
        {
            splitter.Push(piece);
            while (splitter.TryTake(out var picture))
            {
                pictures.Add(picture.ToArray());
            }
        }

        return pictures;
    }
}
