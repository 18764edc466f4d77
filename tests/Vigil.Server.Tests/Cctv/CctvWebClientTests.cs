using System.Net;

namespace Vigil.Server.Tests.Cctv;

/// <summary>What the contract's web client calls, page by page, in its order. Flaw 7: about ten of these answered 404.</summary>
public sealed class CctvWebClientTests(CctvServer cctv) : IClassFixture<CctvServer>
{
    [Fact]
    public async Task The_pages_find_what_they_ask_for()
    {
        var email = $"{CctvServer.Name()}@example.org";
        await TestHousehold.CreateAsync(cctv.Server, email.Split('@')[0]);
        using var page = await CctvCaller.SignInAsync(cctv.Server, email);

        // Start page.
        (await page.GetAsync("/users/profile/")).ShouldBeOk();
        var analytics = (await page.GetAsync("/cctv/dashboard/analytics")).ShouldBeOk().Json;
        analytics.EnumerateObject().Select(f => f.Name).ShouldBe(
            ["camera_status_distribution", "recording_activity_7_days", "hourly_activity_today", "schedule_type_distribution", "storage_usage_30_days", "system_metrics"]);
        analytics.GetProperty("hourly_activity_today").GetArrayLength().ShouldBe(24);
        analytics.GetProperty("storage_usage_30_days").GetArrayLength().ShouldBe(30);
        (await page.GetAsync("/cctv/dashboard/activity?limit=20")).ShouldBeOk()["total_count"].ShouldBe("0");
        foreach (var path in new[] { "/cctv/health", "/cctv/status/overview/", "/cctv/status/cameras/", "/cctv/status/recordings/", "/cctv/live-streams/", "/cctv/streams/", "/cctv/camera-access/" })
        {
            (await page.GetAsync(path)).ShouldBeOk();
        }

        // Cameras.
        (await page.GetAsync("/cctv/cameras/")).ShouldBeOk()["total_cameras"].ShouldBe("0");
        (await page.PostAsync("/cctv/cameras/register/", new { name = "Gate", rtsp_url = "rtsp://192.0.2.200/nothing", test_connection = true })).ShouldBe(HttpStatusCode.BadRequest);
        var registered = (await page.PostAsync("/cctv/cameras/register/", new
        {
            name = "Gate",
            description = "",
            ip_address = "",
            port = 554,
            username = "",
            password = "",
            rtsp_url = "test:gate",
            rtsp_url_sub = "",
            rtsp_path = "",
            camera_type = "rtsp",
            location = "Street",
            auto_record = false,
            record_quality = "medium",
            max_recording_hours = 24,
            is_public = false,
            test_connection = true,
            start_recording = true,
        })).ShouldBeOk().Json;
        registered.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        registered.GetProperty("recording").GetProperty("duration_minutes").GetInt32().ShouldBeGreaterThan(0);
        var camera = registered.GetProperty("camera").GetProperty("id").GetString();
        var listed = (await page.GetAsync("/cctv/cameras/")).ShouldBeOk().Json.GetProperty("cameras")[0];
        listed.EnumerateObject().Select(f => f.Name).ShouldBe(
            ["id", "name", "ip_address", "status", "location", "camera_type", "is_online", "last_seen", "rtsp_url", "rtsp_url_sub", "auto_record", "record_quality", "max_recording_hours"]);
        (await page.PostAsync($"/cctv/cameras/{camera}/set_online/")).ShouldBeOk()["success"].ShouldBe("true");
        (await page.PostAsync($"/cctv/cameras/{camera}/test-connection/")).ShouldBeOk()["success"].ShouldBe("true");
        var detail = (await page.GetAsync($"/cctv/cameras/{camera}/")).ShouldBeOk();
        foreach (var field in new[] { "description", "port", "rtsp_path", "recording_count", "created_at", "updated_at" })
        {
            detail.Json.TryGetProperty(field, out _).ShouldBeTrue(field);
        }

        // Live.
        foreach (var path in new[] { "cameras/multi-stream/", "cameras/stream/status/", $"cameras/{camera}/stream/info/", $"cameras/{camera}/stream_status/", $"cameras/{camera}/stream_health/", "streams/active/" })
        {
            (await page.GetAsync("/cctv/" + path)).ShouldBeOk();
        }

        var stream = (await page.PostAsync($"/cctv/cameras/{camera}/activate_stream/?quality=main")).ShouldBeOk().Json.GetProperty("stream_info").GetProperty("stream_url").GetString();
        using (var picture = await cctv.Server.Client.GetAsync(stream, HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience()))
        {
            picture.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await page.GetAsync($"/cctv/cameras/{camera}/stream/snapshot/")).ShouldBeOk();
        (await page.PostAsync($"/cctv/cameras/{camera}/deactivate_stream/")).ShouldBeOk();

        // Recordings.
        (await page.GetAsync("/cctv/cameras/recording_overview/")).ShouldBeOk()["recording_cameras"].ShouldBe("1");
        (await page.GetAsync($"/cctv/cameras/{camera}/recording_status/")).ShouldBeOk()["is_recording"].ShouldBe("true");
        (await page.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBeOk();
        (await page.GetAsync("/cctv/recordings/")).ShouldBeOk()["total_recordings"].ShouldNotBe("0");
        (await page.GetAsync("/cctv/recordings/stats/")).ShouldBeOk();
        (await page.GetAsync("/cctv/recordings/gcp-transfers/")).ShouldBeOk();

        // Schedules, as the page sends them, with empty dates.
        var schedule = (await page.PostAsync("/cctv/schedules/", new
        {
            camera,
            name = "Nights",
            schedule_type = "daily",
            start_time = "22:00",
            end_time = "06:00",
            start_date = "",
            end_date = "",
            days_of_week = Array.Empty<string>(),
            recording_quality = "main",
            is_active = true,
        })).ShouldBe(HttpStatusCode.Created)["schedule_id"];
        (await page.GetAsync("/cctv/schedules/")).ShouldBeOk()["active_schedules"].ShouldBe("1");
        (await page.GetAsync($"/cctv/schedules/{schedule}/status/")).ShouldBeOk();
        (await page.PostAsync($"/cctv/schedules/{schedule}/deactivate/")).ShouldBeOk();
        (await page.DeleteAsync($"/cctv/schedules/{schedule}/")).ShouldBeOk();

        // People, and back to the start.
        (await page.GetAsync("/users/users/")).ShouldBeOk();
        (await page.GetAsync("/users/sessions/")).ShouldBeOk();
        var activity = (await page.GetAsync("/cctv/dashboard/activity?limit=20")).ShouldBeOk().Json.GetProperty("activities").EnumerateArray().ToList();
        activity.Select(a => a.GetProperty("type").GetString()).Distinct().ShouldBe(["recording", "camera"], ignoreOrder: true);
        activity[0].EnumerateObject().Select(f => f.Name).ShouldBe(["id", "type", "title", "description", "camera_name", "camera_id", "timestamp", "status", "metadata"]);
        (await page.PostAsync("/users/auth/logout/")).ShouldBeOk();
        (await page.GetAsync("/cctv/cameras/")).ShouldBe(HttpStatusCode.Unauthorized).Text.ShouldBe("""{"detail":"Unauthorized"}""");
    }

    [Fact] // Flaw 15: invented numbers.
    public async Task The_dashboards_numbers_are_counted()
    {
        var phone = await cctv.AddCameraAsync("Phone", "whip:");
        var list = (await cctv.Owner.GetAsync("/cctv/cameras/")).ShouldBeOk().Json;
        var metrics = (await cctv.Owner.GetAsync("/cctv/dashboard/analytics")).ShouldBeOk().Json.GetProperty("system_metrics");

        metrics.GetProperty("total_cameras").GetInt32().ShouldBe(list.GetProperty("total_cameras").GetInt32());
        metrics.GetProperty("online_cameras").GetInt32().ShouldBe(list.GetProperty("online_cameras").GetInt32());
        list.GetProperty("cameras").EnumerateArray().Single(c => c.GetProperty("id").GetString() == phone).GetProperty("is_online").GetBoolean().ShouldBeFalse();
        list.GetProperty("cameras").EnumerateArray().Single(c => c.GetProperty("id").GetString() == cctv.Camera).GetProperty("is_online").GetBoolean().ShouldBeTrue();
        (await cctv.Owner.GetAsync("/cctv/dashboard/analytics")).Json.GetProperty("storage_usage_30_days").EnumerateArray()
            .ShouldAllBe(day => day.GetProperty("storage_gb").GetDouble() < 1, "nothing was recorded");
    }

    [Fact]
    public async Task Every_path_takes_a_slash_at_its_end_or_none()
    {
        foreach (var path in new[] { "/cctv/cameras", "/cctv/recordings", "/cctv/schedules", "/cctv/streams", "/cctv/streams/active", "/cctv/dashboard/analytics", "/users/users", $"/cctv/cameras/{cctv.Camera}" })
        {
            (await cctv.Owner.GetAsync(path)).ShouldBeOk();
            (await cctv.Owner.GetAsync(path + "/")).ShouldBeOk();
        }
    }
}
