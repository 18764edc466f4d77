using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class FfmpegWordsTests
{
    private static readonly StreamRequest Request = new() { Name = "camera 1 main", Address = new Uri("http://192.0.2.5/video") };

    [Theory]
    [InlineData("setpriv: failed to execute ffmpeg: No such file or directory")]
    [InlineData("ffmpeg: error while loading shared libraries: libopus.so.0: cannot open shared object file: No such file or directory")]
    public void A_machine_without_a_working_ffmpeg_is_not_blamed_on_the_camera(string errors)
    {
        var end = FfmpegWords.Explain(errors, Request, anyUnit: false);

        end.Failure.ShouldBe(FeedFailure.IngestCrashed);
        end.Detail.ShouldContain("ffmpeg does not run on the machine");
    }

    [Theory]
    [InlineData("[rtsp @ 0x1] method DESCRIBE failed: 401 Authorization Required", FeedFailure.WrongPassword)]
    [InlineData("[http @ 0x1] HTTP error 403 Forbidden", FeedFailure.WrongPassword)]
    [InlineData("[rtsp @ 0x1] method DESCRIBE failed: 404 Stream Not Found", FeedFailure.NoSuchStream)]
    [InlineData("[concat @ 0x55d4013f0403] Invalid data found when processing input", FeedFailure.NotACamera)]
    public void A_refusal_is_its_number_and_not_a_place_in_memory(string errors, FeedFailure failure) =>
        FfmpegWords.Explain(errors, Request, anyUnit: false).Failure.ShouldBe(failure);
}
