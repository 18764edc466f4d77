using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class GrantingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_parent_grants_changes_and_revokes()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var pia = await home.AddAsync("pia", Place.Parent);
        var gus = await home.AddAsync("gus", Place.Guest);
        var eve = (await TestHousehold.CreateAsync(server, "eve")).Owner;
        var living = await AddCameraAsync(home, "Living room");
        var address = $"/api/v1/cameras/{living.Id}/access";

        var people = (await pia.Client.GetFromJsonAsync<JsonElement>(address, Cancel)).GetProperty("people").EnumerateArray().ToList();
        people.Select(p => p.GetProperty("username").GetString()).ShouldBe(["gus"]);
        var made = await pia.Client.PostAsJsonAsync(
            address, new { accountId = gus.Account.Id, windowStart = "18:00:00", windowEnd = "23:00:00", firstDay = "2026-03-10", lastDay = "2026-03-10" }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Status(await pia.Client.PostAsJsonAsync(address, new { login = "nobody" }, Cancel))).ShouldBe((HttpStatusCode.NotFound, "noSuchAccount"));
        (await Status(await pia.Client.PostAsJsonAsync(address, new { accountId = eve.Account.Id }, Cancel))).ShouldBe((HttpStatusCode.NotFound, "noSuchAccount"));
        (await Status(await pia.Client.PostAsJsonAsync(address, new { login = "ana" }, Cancel))).ShouldBe((HttpStatusCode.Conflict, "seesEverything"));
        (await Status(await pia.Client.PostAsJsonAsync(address, new { login = "eve", windowStart = "18:00:00", windowEnd = "18:00:00" }, Cancel)))
            .ShouldBe((HttpStatusCode.BadRequest, "emptyWindow"));
        (await pia.Client.PostAsJsonAsync(address, new { }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await pia.Client.PostAsJsonAsync(address, new { login = "EVE@example.org", level = "control" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await pia.Client.PostAsJsonAsync(address, new { login = "eve" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "in the place of the first");

        var rows = (await home.Client.GetFromJsonAsync<JsonElement>(address, Cancel)).GetProperty("grants").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("person").GetProperty("name").GetString()).ShouldBe(["eve", "gus"]);
        rows.ShouldAllBe(row => row.GetProperty("grantedBy").GetString() == "pia");
        rows[0].GetProperty("level").GetString().ShouldBe("view");
        rows[1].GetProperty("isComing").GetBoolean().ShouldBeFalse("that day is long over");
        var row = $"{address}/{rows[0].GetProperty("id").GetInt64()}";
        (await home.Client.PutAsJsonAsync(row, new { level = "control", canDownload = false }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await eve.Client.PostAsJsonAsync($"/api/v1/cameras/{living.Id}/pause?household={home.Id}", new { paused = true }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.DeleteAsync(row, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await home.Client.DeleteAsync(row, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await eve.Client.GetAsync($"/api/v1/cameras/{living.Id}?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_grants_more_than_they_hold()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var (gus, kim) = (await home.AddAsync("gus", Place.Guest), await home.AddAsync("kim", Place.Guest));
        var living = await AddCameraAsync(home, "Living room");
        var address = $"/api/v1/cameras/{living.Id}/access";
        // Open at any time of the day, so that the test may run at any.
        await server.GrantAsync(home, living.Id, gus, new AccessRule { FirstDay = new(2020, 1, 1), LastDay = new(2120, 1, 1) }, new CameraRights(CameraLevel.Admin, false, false, CanDownload: false));
        var mine = (await gus.Client.GetFromJsonAsync<JsonElement>(address, Cancel)).GetProperty("grants")[0].GetProperty("id").GetInt64();
        async Task<HttpStatusCode> Grant(object wish) => (await gus.Client.PostAsJsonAsync(address, wish, Cancel)).StatusCode;

        (await Grant(new { login = "kim" })).ShouldBe(HttpStatusCode.Forbidden, "he may not download");
        (await Grant(new { login = "kim", canDownload = false })).ShouldBe(HttpStatusCode.Forbidden, "for ever is longer than he has");
        (await Grant(new { login = "kim", canDownload = false, firstDay = "2026-01-01", lastDay = "2026-02-01" })).ShouldBe(HttpStatusCode.Created);
        (await Grant(new { login = "gus", level = "admin", canDownload = true })).ShouldBe(HttpStatusCode.Forbidden, "his own");
        (await gus.Client.PutAsJsonAsync($"{address}/{mine}", new { level = "admin" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, "his own");
        (await gus.Client.PatchAsJsonAsync($"/api/v1/cameras/{living.Id}", new { isPublic = true }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await kim.Client.GetAsync(address, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, "her days are over");
    }

    [Fact]
    public async Task The_contract_lists_adds_changes_and_removes_access_rows()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var eve = (await TestHousehold.CreateAsync(server, "eve")).Owner;
        var ida = (await TestHousehold.CreateAsync(server, "ida")).Owner;
        var living = await AddCameraAsync(home, "Living room");
        const string Rows = "/v0/api/cctv/camera-access/";

        var made = await home.Client.PostAsJsonAsync(
            Rows, new { user = eve.Account.Uid, camera = living.Uid, access_level = "control", can_record = true, access_start_time = "18:00", access_end_time = "06:00:00" }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var row = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        row.EnumerateObject().Select(p => p.Name).ShouldBe(
            [
                "id", "user", "user_username", "camera", "camera_name", "access_level", "can_record", "can_schedule", "can_download", "access_start_time",
                "access_end_time", "first_day", "last_day", "granted_by", "granted_by_username", "granted_at", "is_active",
            ]);
        row.GetProperty("user").GetGuid().ShouldBe(eve.Account.Uid);
        row.GetProperty("camera").GetGuid().ShouldBe(living.Uid);
        row.GetProperty("access_end_time").GetString().ShouldBe("06:00:00");
        row.GetProperty("granted_by_username").GetString().ShouldBe("ana");
        row.GetProperty("can_download").GetBoolean().ShouldBeTrue();
        var id = row.GetProperty("id").GetInt64();
        (await home.Client.PostAsJsonAsync(Rows, new { user = "eve", camera = living.Uid }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, "one row per user and camera");
        (await home.Client.PostAsJsonAsync(Rows, new { user = "eve" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        foreach (var path in new[] { Rows, Rows.TrimEnd('/') })
        {
            (await home.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetArrayLength().ShouldBe(1);
            (await eve.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetArrayLength().ShouldBe(1, "her own");
            (await ida.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetArrayLength().ShouldBe(0);
        }

        (await eve.Client.GetAsync($"{Rows}{id}/", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await eve.Client.PatchAsJsonAsync($"{Rows}{id}/", new { access_level = "admin" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await ida.Client.GetAsync($"{Rows}{id}/", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ida.Client.PostAsJsonAsync(Rows, new { user = "ida", camera = living.Uid }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var changed = await home.Client.PutAsJsonAsync($"{Rows}{id}/", new { access_start_time = (string?)null, access_end_time = (string?)null, access_level = "view" }, Cancel);
        var after = await changed.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        after.GetProperty("access_start_time").ValueKind.ShouldBe(JsonValueKind.Null);
        after.GetProperty("can_record").GetBoolean().ShouldBeTrue("what is missing stays");
        (await home.Client.DeleteAsync($"{Rows}{id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await home.Client.GetAsync($"{Rows}{id}/", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Client.GetAsync(Rows, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<(int Id, Guid Uid)> AddCameraAsync(TestHousehold home, string name)
    {
        var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name, address = "rtsp://192.0.2.77/1", paused = true }, Cancel);
        var camera = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return (camera.GetProperty("id").GetInt32(), camera.GetProperty("uid").GetGuid());
    }

    private static async Task<(HttpStatusCode, string?)> Status(HttpResponseMessage answer) =>
        (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
}
