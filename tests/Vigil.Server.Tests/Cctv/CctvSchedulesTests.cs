using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Tests.Cctv;

/// <summary>`/v0/api/cctv/schedules/…`.</summary>
public sealed class CctvSchedulesTests(CctvServer cctv) : IClassFixture<CctvServer>
{
    [Fact] // Flaw 4.
    public async Task The_documented_night_from_six_to_six_on_working_days_is_accepted_and_belongs_to_its_evening()
    {
        var made = (await cctv.Owner.PostAsync("/cctv/schedules/", Night("Night"))).ShouldBe(HttpStatusCode.Created);

        made["message"].ShouldBe("Schedule created successfully");
        made["schedule_id"].ShouldBe(made["id"]);
        made["camera"].ShouldBe(cctv.Camera);
        made["camera_name"].ShouldBe("Crib");
        made["schedule_type"].ShouldBe("weekly");
        made["start_time"].ShouldBe("18:00:00");
        made["end_time"].ShouldBe("06:00:00");
        made.Json.GetProperty("days_of_week").EnumerateArray().Select(d => d.GetString()).ShouldBe(["monday", "tuesday", "wednesday", "thursday", "friday"]);
        made["is_active"].ShouldBe("true");

        var schedule = cctv.Server.Services.GetRequiredService<ScheduleDirectory>().Find(cctv.Home.Id, Guid.Parse(made["id"]!))!;
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Zagreb");
        // Friday the 20th of November 2026, 18:00, until Saturday, 06:00, in winter time.
        ScheduleRule.ShouldRecord(schedule, zone, DateTimeOffset.Parse("2026-11-21T04:59:59Z", System.Globalization.CultureInfo.InvariantCulture)).ShouldBeTrue();
        ScheduleRule.ShouldRecord(schedule, zone, DateTimeOffset.Parse("2026-11-21T05:00:00Z", System.Globalization.CultureInfo.InvariantCulture)).ShouldBeFalse();
        ScheduleRule.ShouldRecord(schedule, zone, DateTimeOffset.Parse("2026-11-21T18:00:00Z", System.Globalization.CultureInfo.InvariantCulture)).ShouldBeFalse("a Saturday evening");
    }

    [Fact] // Flaw 5: activating answered 500.
    public async Task A_schedule_is_read_changed_switched_and_deleted()
    {
        var id = (await cctv.Owner.PostAsync("/cctv/schedules/", Night("Week"))).ShouldBe(HttpStatusCode.Created)["id"];
        var path = $"/cctv/schedules/{id}";

        (await cctv.Owner.GetAsync($"{path}/")).ShouldBeOk()["name"].ShouldBe("Week");
        var list = (await cctv.Owner.GetAsync("/cctv/schedules/")).ShouldBeOk().Json;
        list.GetProperty("total_schedules").GetInt32().ShouldBe(list.GetProperty("schedules").GetArrayLength());
        list.GetProperty("active_schedules").GetInt32().ShouldBeGreaterThan(0);

        var changed = (await cctv.Owner.PutAsync($"{path}/", new { end_time = "07:30" })).ShouldBeOk();
        changed["message"].ShouldBe("Schedule updated successfully");
        changed["schedule_id"].ShouldBe(id);
        changed.Json.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()).ShouldBe(["end_time"]);
        changed.Json.GetProperty("schedule").GetProperty("end_time").GetString().ShouldBe("07:30:00");
        changed.Json.GetProperty("schedule").GetProperty("start_time").GetString().ShouldBe("18:00:00");

        var off = (await cctv.Owner.PostAsync($"{path}/deactivate/")).ShouldBeOk();
        off["action"].ShouldBe("deactivated");
        off["is_active"].ShouldBe("false");
        off["camera_name"].ShouldBe("Crib");
        off["schedule_name"].ShouldBe("Week");
        (await cctv.Owner.GetAsync($"{path}/status/")).ShouldBeOk().Json.GetProperty("scheduler_info").GetProperty("next_run_time").ValueKind.ShouldBe(JsonValueKind.Null);
        (await cctv.Owner.PostAsync($"{path}/activate/")).ShouldBeOk()["is_active"].ShouldBe("true");
        (await cctv.Owner.PostAsync($"{path}/activate/")).ShouldBeOk()["is_active"].ShouldBe("true", "twice is as good as once");
        var status = (await cctv.Owner.GetAsync($"{path}/status/")).ShouldBeOk();
        status["schedule_type"].ShouldBe("weekly");
        status.Json.GetProperty("scheduler_info").EnumerateObject().Select(f => f.Name)
            .ShouldBe(["is_active", "next_run_time", "last_run_time", "total_runs", "missed_runs"]);
        status.Json.GetProperty("schedule_details").GetProperty("id").GetString().ShouldBe(id);

        var gone = (await cctv.Owner.DeleteAsync($"{path}/")).ShouldBeOk();
        gone["schedule_name"].ShouldBe("Week");
        gone["deleted_at"]!.ShouldEndWith("Z");
        (await cctv.Owner.GetAsync($"{path}/")).ShouldBe(HttpStatusCode.NotFound)["detail"].ShouldBe("Schedule not found");
    }

    [Fact]
    public async Task Every_type_is_taken_as_documented_and_what_makes_no_sense_is_refused()
    {
        var camera = cctv.Camera;
        (await PostAsync(new { camera, name = "a", schedule_type = "daily", start_time = "08:00", end_time = "08:00" })).ShouldBe(HttpStatusCode.Created);
        (await PostAsync(new { camera, name = "b", schedule_type = "daily", start_time = "08:15" })).ShouldBe(HttpStatusCode.Created)["end_time"].ShouldBe("09:15:00", "sixty minutes without an end");
        (await PostAsync(new { camera, name = "c", schedule_type = "continuous", is_active = false })).ShouldBe(HttpStatusCode.Created)["is_active"].ShouldBe("false");
        (await PostAsync(new { camera, name = "d", schedule_type = "once", start_time = "08:00:00", end_time = "09:00:00", start_date = "2199-01-01" })).ShouldBe(HttpStatusCode.Created);

        (await PostAsync(new { camera, name = "e", schedule_type = "once", start_time = "08:00", end_time = "09:00" })).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(new { camera, name = "f", schedule_type = "once", start_time = "08:00", end_time = "09:00", start_date = "2020-01-01" })).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(new { camera, name = "g", schedule_type = "weekly", start_time = "08:00", end_time = "09:00" })).ShouldBe(HttpStatusCode.BadRequest)
            .Json.GetProperty("errors").TryGetProperty("days_of_week", out _).ShouldBeTrue();
        (await PostAsync(new { camera, name = "h", schedule_type = "daily", start_time = "08:00", end_time = "09:00", start_date = "2199-02-01", end_date = "2199-01-01" })).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(new { camera, name = "i", schedule_type = "hourly", start_time = "08:00" })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await PostAsync(new { camera, name = "j", schedule_type = "daily", start_time = "25:00" })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await PostAsync(new { camera = Guid.NewGuid(), name = "k", schedule_type = "daily", start_time = "08:00" })).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact] // Flaw 8.
    public async Task A_schedule_is_its_makers_and_nobody_elses_to_change()
    {
        var made = (await cctv.Owner.PostAsync("/cctv/schedules/", Night("Ours"))).ShouldBe(HttpStatusCode.Created);
        made["created_by"].ShouldBe(cctv.Home.Owner.Account.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var neighbour = await cctv.NeighbourAsync();

        (await neighbour.GetAsync("/cctv/schedules/")).ShouldBeOk()["total_schedules"].ShouldBe("0");
        (await neighbour.PostAsync("/cctv/schedules/", Night("Theirs"))).ShouldBe(HttpStatusCode.NotFound);
        foreach (var (method, door) in new[] { ("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "activate/"), ("POST", "deactivate/"), ("GET", "status/") })
        {
            (await neighbour.SendAsync(new HttpMethod(method), $"/cctv/schedules/{made["id"]}/{door}", new { })).ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Fact] // Flaw 5: lost after each restart.
    public async Task Schedules_are_there_after_a_restart()
    {
        var first = await TestServer.StartAsync();
        await TestHousehold.CreateAsync(first, "ana");
        string id;
        using (var owner = await CctvCaller.SignInAsync(first, "ana@example.org"))
        {
            var camera = (await owner.PostAsync("/cctv/cameras/", new { name = "Crib", rtsp_url = "test:" }))["id"];
            id = (await owner.PostAsync("/cctv/schedules/", new { camera, name = "Always", schedule_type = "continuous" })).ShouldBe(HttpStatusCode.Created)["id"]!;
        }

        var database = first.ConnectionString;
        await first.DisposeAsync();

        await using var second = await TestServer.StartAsync(database: database);
        await second.Services.GetRequiredService<ScheduleDirectory>().Loaded.WaitAsync(CctvCaller.Patience());
        using var again = await CctvCaller.SignInAsync(second, "ana@example.org");
        (await again.GetAsync($"/cctv/schedules/{id}/")).ShouldBeOk()["is_active"].ShouldBe("true");
    }

    private object Night(string name) => new
    {
        camera = cctv.Camera,
        name,
        schedule_type = "weekly",
        start_time = "18:00:00",
        end_time = "06:00:00",
        days_of_week = new[] { "monday", "tuesday", "wednesday", "thursday", "friday" },
        recording_quality = "main",
    };

    private Task<Answer> PostAsync(object body) => cctv.Owner.PostAsync("/cctv/schedules/", body);
}
