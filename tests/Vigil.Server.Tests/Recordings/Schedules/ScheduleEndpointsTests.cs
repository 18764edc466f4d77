using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Recordings.Schedules;
using Vigil.Server.Tests.Cameras;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings.Schedules;

public sealed class ScheduleEndpointsTests
{
    /// <summary>Saturday noon in Zagreb.</summary>
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 11, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_overnight_schedule_is_made_changed_switched_and_removed()
    {
        await using var server = await TestServer.StartAsync(new ManualTime(Noon));
        var home = await HomeAsync(server);

        var made = await home.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var schedule = await Read(made);
        schedule.GetProperty("isOvernight").GetBoolean().ShouldBeTrue();
        schedule.GetProperty("nextStart").GetDateTimeOffset().ShouldBe(Noon.AddHours(6));
        schedule.GetProperty("days").EnumerateArray().Select(d => d.GetString()).ShouldBe(["friday", "saturday"]);
        var path = $"/api/v1/schedules/{schedule.GetProperty("id").GetGuid()}";
        made.Headers.Location!.ToString().ShouldBe(path);

        (await Read(await home.Client.PostAsync(path + "/deactivate", null, Cancel))).GetProperty("nextStart").ValueKind.ShouldBe(JsonValueKind.Null);
        (await Read(await home.Client.PostAsync(path + "/activate", null, Cancel))).GetProperty("isActive").GetBoolean().ShouldBeTrue();
        var put = await home.Client.PutAsJsonAsync(path, new { cameraId = 1, name = "Afternoons", type = "daily", startTime = "11:30", endTime = "14:00" }, Cancel);
        put.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Read(put)).GetProperty("until").GetDateTimeOffset().ShouldBe(Noon.AddHours(2));
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules?cameraId=1", Cancel)).GetArrayLength().ShouldBe(1);
        (await home.Client.DeleteAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await home.Client.GetAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_preview_tells_the_next_day_and_the_night_the_clocks_change()
    {
        await using var server = await TestServer.StartAsync(new ManualTime(Noon));
        var home = await HomeAsync(server);

        var preview = await Read(await home.Client.PostAsJsonAsync("/api/v1/schedules/preview", Nights, Cancel));

        preview.GetProperty("timeZone").GetString().ShouldBe("Europe/Zagreb");
        preview.GetProperty("next").GetProperty("seconds").GetInt64().ShouldBe(12 * 3600);
        preview.GetProperty("next").GetProperty("ranges")[0].GetProperty("words").GetString().ShouldBe("Sat 21 Nov 18:00 – Sun 22 Nov 06:00, 12 h");
        var change = preview.GetProperty("clockChange");
        change.GetProperty("words").GetString().ShouldBe("Sun 28 Mar 2027: at 02:00 the clocks go forward to 03:00");
        change.GetProperty("minutes").GetInt32().ShouldBe(60);
        var night = change.GetProperty("night");
        night.GetProperty("ranges")[0].GetProperty("words").GetString().ShouldBe("Sat 27 Mar 18:00 – Sun 28 Mar 06:00, 11 h");
        night.GetProperty("hours").EnumerateArray().Select(h => h.GetProperty("local").GetString()).ShouldBe(
            ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00", "18:00", "19:00", "20:00", "21:00", "22:00", "23:00",
             "00:00", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00", "08:00", "09:00", "10:00", "11:00", "12:00"]);

        // Nothing was saved; what is saved is previewed together.
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules/preview?cameraId=1", Cancel)).GetProperty("next").GetProperty("seconds").GetInt64().ShouldBe(0);
        await home.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel);
        await home.Client.PostAsJsonAsync("/api/v1/schedules", new { cameraId = 1, name = "Evening", type = "daily", startTime = "16:00", endTime = "20:00" }, Cancel);
        var both = (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules/preview?cameraId=1", Cancel)).GetProperty("next");
        both.GetProperty("ranges").GetArrayLength().ShouldBe(2);
        both.GetProperty("seconds").GetInt64().ShouldBe(14 * 3600);
    }

    [Theory]
    [InlineData("""{"cameraId":1,"name":"x","type":"once","startTime":"10:00","endTime":"11:00"}""", "startDate")]
    [InlineData("""{"cameraId":1,"name":"x","type":"once","startTime":"10:00","endTime":"11:00","startDate":"2026-11-20"}""", "startDate")]
    [InlineData("""{"cameraId":1,"name":"x","type":"once","startTime":"10:00","endTime":"11:00","startDate":"2026-11-21"}""", "endTime")]
    [InlineData("""{"cameraId":1,"name":"x","type":"weekly","startTime":"10:00","endTime":"11:00","days":[]}""", "days")]
    [InlineData("""{"cameraId":1,"name":"x","type":"daily","startTime":"10:00","endTime":"11:00","startDate":"2026-12-02","endDate":"2026-12-01"}""", "endDate")]
    [InlineData("""{"cameraId":1,"name":" ","type":"daily","startTime":"10:00","endTime":"11:00"}""", "name")]
    [InlineData("""{"cameraId":1,"name":"x","type":"daily","startTime":"10:00","endTime":"11:00","startDate":"0001-01-01"}""", "startDate")]
    [InlineData("""{"cameraId":1,"name":"x","type":"daily","startTime":"25:00","endTime":"11:00"}""", null)]
    [InlineData("""{"cameraId":1,"name":"x","type":"hourly","startTime":"10:00","endTime":"11:00"}""", null)]
    public void What_makes_no_sense_is_refused_in_words(string body, string? field)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Vigil.Server.Hosting.JsonShape.Apply(options);
        ScheduleRequest? request = null;
        if (field is null)
        {
            Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ScheduleRequest>(body, options));
            return;
        }

        request = JsonSerializer.Deserialize<ScheduleRequest>(body, options)!;
        var schedule = new RecordingSchedule
        {
            Name = request.Name,
            Type = request.Type,
            StartTime = request.StartTime,
            EndTime = request.EndTime,
            StartDate = request.StartDate,
            EndDate = request.EndDate,
        };

        var (_, errors) = ScheduleForm.Check(schedule, null, TimeZoneInfo.FindSystemTimeZoneById("Europe/Zagreb"), Noon);
        errors.Keys.Single().ToLowerInvariant().ShouldBe(field.ToLowerInvariant());
    }

    [Fact]
    public void A_schedule_for_once_can_be_renamed_when_its_day_has_passed_but_not_switched_on_again()
    {
        var zone = TimeZoneInfo.Utc;
        var past = new RecordingSchedule { Name = "party", Type = ScheduleType.Once, StartDate = new DateOnly(2026, 11, 1), IsActive = false };

        ScheduleForm.Check(past with { Name = "birthday" }, past, zone, Noon).Errors.ShouldBeEmpty();
        ScheduleForm.Check(past with { IsActive = true }, past, zone, Noon).Errors.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_guest_and_a_neighbour_schedule_nothing()
    {
        await using var server = await TestServer.StartAsync(new ManualTime(Noon));
        var home = await HomeAsync(server);
        var guest = await home.AddAsync("gil", Place.Guest);
        var neighbour = await TestHousehold.CreateAsync(server, "eve");

        (await guest.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await home.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel);
        (await guest.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules", Cancel)).GetArrayLength().ShouldBe(0);
        (await neighbour.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules", Cancel)).GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_sitter_who_may_watch_sees_the_schedules_and_one_who_may_schedule_changes_them()
    {
        await using var server = await TestServer.StartAsync(new ManualTime(Noon));
        var home = await HomeAsync(server);
        var sitter = await home.AddAsync("gil", Place.Guest);
        await server.GrantAsync(home, 1, sitter);
        var made = (await Read(await home.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel))).GetProperty("id").GetGuid();

        var seen = (await sitter.Client.GetFromJsonAsync<JsonElement>("/api/v1/schedules", Cancel))[0];
        seen.GetProperty("canChange").GetBoolean().ShouldBeFalse();
        (await sitter.Client.PostAsJsonAsync("/api/v1/schedules", Nights, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await sitter.Client.DeleteAsync($"/api/v1/schedules/{made}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        await server.GrantAsync(home, 1, sitter, rights: CameraRights.OfPublic with { CanSchedule = true });
        (await sitter.Client.PostAsync($"/api/v1/schedules/{made}/deactivate", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await sitter.Client.DeleteAsync($"/api/v1/schedules/{made}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private static object Nights => new { cameraId = 1, name = "Nights", type = "weekly", startTime = "18:00:00", endTime = "06:00:00", days = new[] { "saturday", "friday" } };

    private static async Task<TestHousehold> HomeAsync(TestServer server)
    {
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        await server.Services.GetRequiredService<ScheduleDirectory>().ReloadAsync(Cancel);
        return home;
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture).ShouldStartWith("2", Case.Sensitive, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
