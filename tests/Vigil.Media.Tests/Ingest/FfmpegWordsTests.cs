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
}
