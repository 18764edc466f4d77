using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Live;

/// <summary>`/v0/api/cctv/streams/…`: who watches and who watched. Parents see everybody; guests, whatever they may do with a camera, themselves.</summary>
internal static class CctvSessionListEndpoints
{
    private const int MostPerHousehold = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var cctv = routes.MapCctv();
        cctv.MapGet("/streams", List).WithSummary("Stream sessions, newest first");
        cctv.MapGet("/streams/active", ListActive).WithSummary("What is being watched now, by camera and quality");
        cctv.MapGet("/live-streams", List).WithSummary("As /streams/");
    }

    private static bool SeesEverybody(CurrentMember member) => member is { IsOutsider: false, Place: Place.Owner or Place.Parent };

    private static async Task<IResult> List(HttpContext http, CctvDoor door, StreamTable table, Watchers watchers, TimeProvider time, CancellationToken cancel)
    {
        var cameras = door.Visible(http);
        var sessions = new Dictionary<Guid, StreamSession>();
        foreach (var household in cameras.GroupBy(pair => pair.Member.HouseholdId))
        {
            var member = household.First().Member;
            var ids = household.Select(pair => pair.Camera.Id).ToList();
            long? only = SeesEverybody(member) ? null : member.AccountId;
            foreach (var session in (await table.RecentAsync(member.HouseholdId, ids, only, MostPerHousehold, cancel))
                .Concat(watchers.Open.Where(s => ids.Contains(s.CameraId) && (only is null || s.AccountId == only))))
            {
                sessions[session.Id] = session;
            }
        }

        var open = watchers.Open.Select(session => session.Id).ToHashSet();
        var byId = cameras.ToDictionary(pair => pair.Camera.Id, pair => pair.Camera);
        var list = sessions.Values.OrderByDescending(session => session.StartedAt).Select(session => Show(session, byId[session.CameraId], open.Contains(session.Id), time)).ToList();
        return Results.Json(new JsonObject
        {
            ["total_streams"] = list.Count,
            ["active_streams"] = list.Count(stream => (bool)stream["is_active"]!),
            ["streams"] = new JsonArray([.. list]),
        });
    }

    private static IResult ListActive(HttpContext http, CctvDoor door, Watchers watchers, CameraFeeds feeds, TimeProvider time)
    {
        watchers.Sweep();
        var cameras = door.Visible(http).ToDictionary(pair => pair.Camera.Id);
        var streams = watchers.Open
            .Where(session => cameras.TryGetValue(session.CameraId, out var seen) && (SeesEverybody(seen.Member) || session.AccountId == seen.Member.AccountId))
            .GroupBy(session => (session.CameraId, session.Quality))
            .Select(group =>
            {
                var camera = cameras[group.Key.CameraId].Camera;
                var status = feeds.StatusOf(camera);
                var began = group.Min(session => session.StartedAt);
                var quality = StreamWords.Of(group.Key.Quality);
                return (JsonNode)new JsonObject
                {
                    ["stream_key"] = $"{camera.Uid}_{quality}",
                    ["camera_id"] = camera.Uid,
                    ["camera_name"] = camera.Name,
                    ["quality"] = quality,
                    ["viewers"] = group.Count(),
                    ["last_update"] = CctvContract.Instant(status.LastFrameAt),
                    ["uptime_seconds"] = (long)(time.GetUtcNow() - began).TotalSeconds,
                    ["start_time"] = CctvContract.Instant(began),
                    ["frame_count"] = feeds.Find(camera.Id)?.Health is [var main, ..] ? main.Frames : 0,
                    ["is_healthy"] = status.State == CameraState.Live,
                };
            })
            .ToArray();
        return Results.Json(new JsonObject { ["total_active_streams"] = streams.Length, ["streams"] = new JsonArray(streams) });
    }

    private static JsonObject Show(StreamSession session, Camera camera, bool active, TimeProvider time)
    {
        // Open in the table and on no page here: another server's viewer, or one whose server has just died.
        active |= session.EndedAt is null;
        return new JsonObject
        {
            ["id"] = session.Id,
            ["session_id"] = session.Id,
            ["camera"] = camera.Uid,
            ["camera_name"] = camera.Name,
            ["user"] = session.AccountId,
            ["username"] = session.Viewer,
            ["user_username"] = session.Viewer,
            ["quality"] = StreamWords.Of(session.Quality),
            ["road"] = StreamWords.Of(session.Road),
            ["client_ip"] = session.Address,
            ["user_agent"] = session.Client,
            ["start_time"] = CctvContract.Instant(session.StartedAt),
            ["end_time"] = CctvContract.Instant(session.EndedAt),
            ["duration_seconds"] = (long)((session.EndedAt ?? time.GetUtcNow()) - session.StartedAt).TotalSeconds,
            ["is_active"] = active,
        };
    }
}
