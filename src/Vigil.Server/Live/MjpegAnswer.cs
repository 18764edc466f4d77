using System.Buffers;
using System.Globalization;
using System.Text;
using Vigil.Media.Live;

namespace Vigil.Server.Live;

/// <summary>JPEG pictures as one answer (multipart/x-mixed-replace), to whichever API asked.</summary>
internal static class MjpegAnswer
{
    public const string ContentType = "multipart/x-mixed-replace; boundary=frame";
    public const int WidestPicture = 1280;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);

    /// <summary>Sends until the viewer leaves, the stream ends, or <paramref name="over"/> is cancelled (also by this, at the end).</summary>
    public static async Task SendAsync(HttpContext http, MjpegViewer viewer, TimeProvider time, CancellationTokenSource over)
    {
        http.Response.ContentType = ContentType;
        var progress = new Progress(time);
        var watching = CutWhenStuckAsync(http, progress, time, over.Token);
        try
        {
            await http.Response.StartAsync(over.Token);
            await foreach (var picture in viewer.Pictures.ReadAllAsync(over.Token))
            {
                progress.Begin();
                WritePart(http.Response.BodyWriter, picture.Span);
                await http.Response.BodyWriter.FlushAsync(over.Token);
                progress.End();
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The viewer left, the session ended, or the server stops.
        }

        await over.CancelAsync();
        await watching;
    }

    private static void WritePart(IBufferWriter<byte> body, ReadOnlySpan<byte> picture)
    {
        body.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n")));
        body.Write(picture);
        body.Write("\r\n"u8);
    }

    /// <summary>Cuts a connection that takes nothing.</summary>
    private static async Task CutWhenStuckAsync(HttpContext http, Progress progress, TimeProvider time, CancellationToken over)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                if (progress.StuckFor > SendPatience)
                {
                    http.Abort();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private sealed class Progress(TimeProvider time)
    {
        private long since;

        public TimeSpan StuckFor => Interlocked.Read(ref since) is > 0 and var started ? time.GetElapsedTime(started) : TimeSpan.Zero;

        public void Begin() => Interlocked.Exchange(ref since, Math.Max(1, time.GetTimestamp()));

        public void End() => Interlocked.Exchange(ref since, 0);
    }
}
