using Vigil.Media.Ingest;
using Vigil.Media.Live;

namespace Vigil.Media.Recording;

/// <summary>A clip through one ffmpeg.</summary>
internal static class ClipEncoder
{
    private const int Bite = 128 * 1024;

    /// <summary>
    /// Feeds all of <paramref name="clip"/> and hands on what comes out. <paramref name="arguments"/>, from its input <c>pipe:0</c> on, say what is made of it. Fails with an
    /// <see cref="IOException"/>; when it returns or fails, nothing reads the clip any more.
    /// </summary>
    public static async Task RunAsync(
        ClipFile clip, IReadOnlyList<string> arguments, Func<ReadOnlyMemory<byte>, ValueTask> take, LiveOptions options, TimeProvider time,
        CancellationToken cancel)
    {
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand
            {
                Program = options.FfmpegPath,
                RunAsUser = options.RunAsUser,
                Arguments =
                [
                    "-v", "error", "-nostats", "-protocol_whitelist", "pipe", "-threads", "1", "-f", "mov", .. arguments,
                ],
            },
            time);
        var feeding = FeedAsync(clip, child, cancel);
        try
        {
            var buffer = new byte[Bite];
            while (await child.Output.ReadAsync(buffer, cancel) is > 0 and var got)
            {
                await take(buffer.AsMemory(0, got));
            }
        }
        catch
        {
            child.Kill();
            throw;
        }
        finally
        {
            await feeding;
        }

        if (await child.Exited.WaitAsync(cancel) != 0)
        {
            throw new IOException($"ffmpeg: {child.Errors}");
        }
    }

    private static async Task FeedAsync(ClipFile clip, ChildProcess child, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[Bite];
            for (var at = 0L; await clip.ReadAsync(at, buffer, cancel) is > 0 and var got; at += got)
            {
                try
                {
                    await child.Input.WriteAsync(buffer.AsMemory(0, got), cancel);
                }
                catch (IOException)
                {
                    return; // ffmpeg has gone: its exit code tells why.
                }
            }
        }
        finally
        {
            child.CloseInput();
        }
    }
}
