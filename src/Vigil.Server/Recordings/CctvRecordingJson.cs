using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Recordings;

/// <summary>Recordings as the camera contract shows them.</summary>
internal sealed class CctvRecordingJson(RecordingViews views, ScheduleDirectory schedules, MediaSignature signatures, TimeProvider time)
{
    /// <summary>The scope of a signed address of a recording's file.</summary>
    public const string Scope = "media/recordings/{camera}/{file}";

    public async Task<IReadOnlyList<JsonObject>> OfAsync(HttpContext http, IReadOnlyList<CctvRecording> found, CancellationToken cancel)
    {
        var shown = new Dictionary<Guid, JsonObject>();
        foreach (var household in found.GroupBy(r => r.Member.HouseholdId))
        {
            var all = household.ToList();
            var seen = await views.OfAsync(all[0].Member, [.. all.Select(r => r.Recording)], cancel);
            for (var i = 0; i < all.Count; i++)
            {
                shown[all[i].Recording.Id] = Show(http, all[i], seen[i]);
            }
        }

        return [.. found.Select(r => shown[r.Recording.Id])];
    }

    public static string StatusOf(RecordingStatus status) => status.ToString().ToLowerInvariant();

    /// <summary>`1:02:03`.</summary>
    public static string Clock(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, Math.Floor(seconds)));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}");
    }

    /// <summary>As documented, with the id at its end, so that the name leads back to the recording.</summary>
    public static string FileOf(Recording recording, Camera camera, TimeZoneInfo zone)
    {
        var word = new string([.. camera.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_').Take(60)]);
        var stamp = TimeZoneInfo.ConvertTime(recording.From, zone).ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
        return $"{(recording.Kind == RecordingKind.Scheduled ? "SCHEDULED_" : "")}{word}_{stamp}_{recording.Id:N}.mp4";
    }

    private JsonObject Show(HttpContext http, CctvRecording found, RecordingView view)
    {
        var (recording, camera, member) = found;
        var file = FileOf(recording, camera, schedules.ZoneOf(member.HouseholdId));
        var path = $"recordings/{camera.Uid}/{file}";
        var exists = view.VideoUrl is not null;
        var signature = signatures.Sign(member.SessionUid, member.HouseholdId, "media/" + path);
        return new JsonObject
        {
            ["id"] = recording.Id,
            ["camera"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["schedule"] = recording.ScheduleId,
            ["schedule_name"] = recording.ScheduleId is { } id ? schedules.Find(member.HouseholdId, id)?.Name : null,
            ["name"] = recording.Name,
            ["file_path"] = path,
            ["file_size"] = view.Bytes,
            ["file_size_mb"] = Math.Round(view.Bytes / 1048576.0, 2),
            ["duration"] = Clock(view.DurationSeconds),
            ["duration_seconds"] = (long)view.DurationSeconds,
            ["start_time"] = CctvContract.Instant(recording.From),
            ["end_time"] = CctvContract.Instant(recording.EndedAt),
            ["status"] = StatusOf(recording.Outcome),
            ["error_message"] = recording.Error,
            ["resolution"] = view.Width > 0 ? string.Create(CultureInfo.InvariantCulture, $"{view.Width}x{view.Height}") : "",
            ["frame_rate"] = view.FrameRate,
            ["codec"] = view.VideoCodec,
            ["storage_type"] = "local",
            ["upload_status"] = "not_required",
            ["file_url"] = exists ? $"{http.Request.Scheme}://{http.Request.Host}/media/{path}?{MediaSignature.Parameter}={signature}" : null,
            ["is_active"] = recording.IsRunning,
            ["file_exists"] = exists,
            ["created_at"] = CctvContract.Instant(recording.CreatedAt),
            ["updated_at"] = CctvContract.Instant(recording.UpdatedAt),
            ["created_by"] = recording.StartedBy,
            ["created_by_username"] = recording.StartedByName,
            ["recorded_by_client"] = null,
            ["gaps"] = new JsonArray([.. view.Gaps.Select(gap => new JsonObject
            {
                ["from"] = CctvContract.Instant(gap.From), ["to"] = CctvContract.Instant(gap.To), ["reason"] = gap.Reason.ToString(),
            })]),
            ["elapsed_seconds"] = recording.IsRunning ? (long)(time.GetUtcNow() - recording.From).TotalSeconds : null,
        };
    }
}
