using System.Buffers.Binary;
using System.Globalization;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>From a touch on the timeline to what the first picture needs, through the real server: the list of the day, and the piece from there.</summary>
internal sealed class TimelineSeek : Figure
{
    /// <summary>A key frame and what follows it until the next, at 1.2 Mbit/s.</summary>
    private const int FirstGroup = 150_000;

    private static readonly TimeSpan Piece = TimeSpan.FromMinutes(5);

    public override string Name => "seek";

    public override string Title => "Seeking on a timeline of 24 hours: until the head and the first group of pictures have arrived";

    public override async Task<Table> Measure(BenchRun run)
    {
        await using var server = await ServerUnderTest.StartAsync(run);
        await server.AddPausedCameraAsync("Crib");
        run.Say("recording an hour");
        await StoredFootage.GiveHourAsync(server);
        var day = SampleFootage.Epoch.AddHours(-23);
        await server.QueryAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"insert into segment (path, household_id, camera_id, started_at, ended_at, bytes, ended, video_codec, width, height, frames) select '1/2026-01-14/' || lpad(i::text, 6, '0') || '_000.mp4', household_id, id, '{day.UtcDateTime:O}'::timestamptz + make_interval(mins => i), '{day.UtcDateTime:O}'::timestamptz + make_interval(mins => i + 1), 9000000, 'Continued', 'avc1.42c01e', 320, 240, 1500 from camera, generate_series(0, 23 * 60 - 1) i"));
        var random = new Random(5);
        List<double> lists = [], seeks = [];
        for (var i = 0; i < (run.IsQuick ? 20 : 60); i++)
        {
            lists.Add(await TimedAsync(run, server, $"api/v1/cameras/1/footage?from={Iso(day)}&to={Iso(day.AddHours(24))}", int.MaxValue));
            var at = SampleFootage.Epoch.AddSeconds(5 + (random.NextDouble() * 3200));
            seeks.Add(await TimedAsync(run, server, $"api/v1/cameras/1/footage.mp4?from={Iso(at)}&to={Iso(at + Piece)}", FirstGroup));
        }

        var table = new Table("what", "median ms", "p95", "most", "target");
        Row("the day's list (1,440 segments)", lists, "");
        Row("seek to the first group of pictures", seeks, "300");
        table.Notes.Add("The first of each pays for compilation. Files are in the page cache; twenty-three of the hours are rows without files.");
        return table;

        void Row(string what, List<double> times, string target) =>
            table.Row(what, Table.Number(Sample.Median(times)), Table.Number(Sample.Percentile(times, 95)), Table.Number(times.Max()), target);
    }

    internal static string Iso(DateTimeOffset at) => Uri.EscapeDataString(at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>Until so much of the media is here, behind the head that says how long it is.</summary>
    internal static async Task<double> TimedAsync(BenchRun run, ServerUnderTest server, string path, int media)
    {
        var started = run.Time.GetTimestamp();
        using var answer = await server.GetAsync(path, run.Cancel);
        await using var body = await answer.Content.ReadAsStreamAsync(run.Cancel);
        var buffer = new byte[256 * 1024];
        var (got, wanted) = (0L, media == int.MaxValue ? long.MaxValue : 40L);
        while (got < wanted && await body.ReadAsync(buffer.AsMemory((int)Math.Min(got, 64)), run.Cancel) is > 0 and var read)
        {
            got += read;
            if (wanted == 40 && got >= 40)
            {
                var ftyp = BinaryPrimitives.ReadUInt32BigEndian(buffer);
                wanted = ftyp + BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan((int)ftyp)) + media;
            }
        }

        return run.Time.GetElapsedTime(started).TotalMilliseconds;
    }
}
