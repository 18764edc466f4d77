using System.Globalization;
using Vigil.Bench.Harness;
using Vigil.Bench.Live;

namespace Vigil.Bench.Recording;

/// <summary>The index of a full disk: how long a day takes to list, and how long the comparison of disk and index after a start.</summary>
internal sealed class TerabyteIndex : Figure
{
    private const int Cameras = 20;
    private static readonly DateTimeOffset First = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public override string Name => "index-1tb";

    public override string Title => "The index of 1 TB in segments of 60 s, 20 cameras";

    public override async Task<Table> Measure(BenchRun run)
    {
        var table = new Table("segments", "of MB", "list a day ms, median", "most", "target", "start to compared s", "target ", "storage page ms");
        foreach (var (minutes, bytes) in run.IsQuick ? [(1_667, 30_000_000)] : new[] { (1_667, 30_000_000), (6_667, 7_500_000) })
        {
            await using var server = await ServerUnderTest.StartAsync(run);
            for (var i = 1; i <= Cameras; i++)
            {
                await server.AddPausedCameraAsync($"Camera {i}");
                await server.PutAsync($"api/v1/cameras/{i}/retention", new { hours = 0 });
            }

            run.Say("making files that take no room");
            var days = (minutes / 1440) + 1;
            for (var minute = 0; minute < minutes; minute++)
            {
                for (var camera = 1; camera <= Cameras; camera++)
                {
                    var at = First.AddMinutes(minute);
                    var folder = Path.Combine(server.Segments, string.Create(CultureInfo.InvariantCulture, $"{camera}/{at:yyyy-MM-dd}"));
                    if (at.TimeOfDay == TimeSpan.Zero)
                    {
                        Directory.CreateDirectory(folder);
                    }

                    using var file = File.Create(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{at:HHmmss}_000.mp4")), bufferSize: 0);
                    file.SetLength(bytes);
                }
            }

            await server.QueryAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"update camera set created_at = '2026-01-01'; insert into segment (path, household_id, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height, frames) select c.id || to_char(t at time zone 'UTC', '/YYYY-MM-DD/HH24MISS') || '_000.mp4', c.household_id, c.id, t, t + interval '1 minute', {bytes}, 'Continued', 'avc1.640028', 'mp4a.40.2', 1920, 1080, 1500 from camera c, generate_series('{First.UtcDateTime:O}'::timestamptz, '{First.AddMinutes(minutes - 1).UtcDateTime:O}'::timestamptz, interval '1 minute') t"));
            await server.QueryAsync("analyze segment");
            var random = new Random(7);
            var lists = new List<double>();
            for (var i = 0; i < 40; i++)
            {
                var day = First.AddDays(random.Next(days - 1));
                lists.Add(await TimelineSeek.TimedAsync(
                    run, server, $"api/v1/cameras/{random.Next(1, Cameras + 1)}/footage?from={TimelineSeek.Iso(day)}&to={TimelineSeek.Iso(day.AddDays(1))}", int.MaxValue));
            }

            var sweep = await TimelineSeek.TimedAsync(run, server, "api/v1/storage", int.MaxValue);
            run.Say("starting on it");
            await server.KillAsync();
            var started = run.Time.GetTimestamp();
            var starting = server.StartAgainAsync();
            var said = await server.LogAsync($"{minutes * Cameras} recordings are on the disk", run.Cancel);
            var compared = run.Time.GetElapsedTime(started).TotalSeconds;
            await starting;
            run.Say(said.Trim());
            table.Row(
                (minutes * Cameras).ToString("N0", CultureInfo.InvariantCulture), Table.Number(bytes / 1e6), Table.Number(Sample.Median(lists[5..])), Table.Number(lists[5..].Max()), "50",
                Table.Number(compared), "60", Table.Number(sweep));
        }

        table.Notes.Add("Rows on real PostgreSQL and files of that length without content: what the index knows of a closed segment is not read again.");
        return table;
    }
}
