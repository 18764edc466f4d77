using Vigil.Media;

namespace Vigil.Server.Cameras;

/// <summary>What to do about what a test found. Written for a parent with the camera's manual in hand. Pure.</summary>
public static class CameraAdvice
{
    public static string For(ProbeReport report)
    {
        if (report.Success)
        {
            return Good(report);
        }

        return report.Failure switch
        {
            FeedFailure.NoAnswer =>
                "Check that the camera is switched on and in the same network, and that the address and port are right. Many cameras need RTSP to be switched on in their app first.",
            FeedFailure.NameNotFound => "This name is not known in your network. Try the camera's numbers (like 192.168.1.20) instead; your router lists them.",
            FeedFailure.AddressDenied => "Use the address of a camera in your own network.",
            FeedFailure.WrongPassword =>
                "Check the user name and password. Some makes have a separate camera account for this, to be made in their app.",
            FeedFailure.NoSuchStream => "The camera answers, but not at this path. Choose its make and model to get the right path.",
            FeedFailure.NotACamera => "Something answers there, but it is not a video stream: perhaps the camera's web page. Choose its make and model to get the right address.",
            FeedFailure.UnsupportedCodec => "Set the camera to H.264 video in its own settings.",
            FeedFailure.Stalled => "The camera accepts the connection but sends no picture. Restart it; if it allows only few viewers, close other apps that watch it.",
            FeedFailure.ProtocolError => "The camera does not speak quite the way it should. Try the setting \"ffmpeg\" for how it is read.",
            FeedFailure.NotPublishing => "Open Vigil on the phone, or start the encoder, that sends this camera.",
            FeedFailure.IngestCrashed => "Try the setting \"native\" for how the camera is read.",
            _ => "",
        };
    }

    private static string Good(ProbeReport report)
    {
        var advice = new List<string>();
        if (report.Video is { Codec: "H.265" } && !report.PlaysInBrowsers)
        {
            advice.Add("This camera sends H.265, which most browsers can't play: set it to H.264 in its own settings, or use its sub stream.");
        }

        if (report.Video is { KeyFrameIntervalSeconds: > 4.5 } slow)
        {
            advice.Add(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"It sends a full picture only every {slow.KeyFrameIntervalSeconds:0.#} seconds, so it appears slowly: set its I-frame interval to 1 or 2 seconds."));
        }

        if (report.Video is { KeyFrameIntervalSeconds: 0, FramesPerSecond: > 0, Codec: not "JPEG" })
        {
            advice.Add("It sends a full picture so seldom that a second one was not waited for, and appears slowly: set its I-frame interval to 1 or 2 seconds.");
        }

        if (report is { Video: null, PlaysInBrowsers: false })
        {
            advice.Add("Its picture is of a kind that Vigil cannot show: set it to H.264 in the camera's own settings. Until then there is only sound.");
        }

        if (report.Audio is null)
        {
            advice.Add("No sound was found: sound alarms need it. Switch the microphone on in the camera's own settings.");
        }

        return string.Join(' ', advice);
    }
}
