using System.Net;
using System.Text.Json;
using Dapper;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>`/v0/api/cctv/cameras/…`: making, changing, removing and testing cameras.</summary>
public sealed class CctvCamerasTests(CctvServer cctv) : IClassFixture<CctvServer>
{
    private const string Readme = """
        {
          "name": "Front Door",
          "description": "Main entrance",
          "ip_address": "192.0.2.100",
          "port": 8554,
          "username": "admin",
          "password": "hunter2-secret",
          "rtsp_url": "rtsp://admin:hunter2-secret@192.0.2.100:8554/stream1",
          "location": "Entrance",
          "auto_record": false,
          "record_quality": "high"
        }
        """;

    [Fact] // Flaws 2 and 7.
    public async Task The_documented_example_makes_a_camera_that_is_not_reachable_and_no_answer_has_its_password()
    {
        var made = (await PostTextAsync("/cctv/cameras/", Readme)).ShouldBe(HttpStatusCode.Created);

        made["message"].ShouldBe("Camera created successfully");
        made["name"].ShouldBe("Front Door");
        made["description"].ShouldBe("Main entrance");
        made["ip_address"].ShouldBe("192.0.2.100");
        made["port"].ShouldBe("8554");
        made["rtsp_url"].ShouldBe("rtsp://192.0.2.100:8554/stream1");
        made["rtsp_path"].ShouldBe("/stream1");
        made["location"].ShouldBe("Entrance");
        made["auto_record"].ShouldBe("false");
        made["record_quality"].ShouldBe("high");
        made["username"].ShouldBe("admin");
        made.Json.TryGetProperty("password", out _).ShouldBeFalse();
        made.Json.GetProperty("camera").GetProperty("id").GetString().ShouldBe(made["id"]);

        var camera = $"/cctv/cameras/{made["id"]}";
        string[] answers =
        [
            made.Text,
            (await cctv.Owner.GetAsync($"{camera}/stream/info/")).Text,
            (await cctv.Owner.PutAsync($"{camera}/", new { location = "Porch" })).Text,
            (await cctv.Owner.PostAsync($"{camera}/activate_stream/")).Text,
        ];
        answers.ShouldAllBe(answer => !answer.Contains("hunter2", StringComparison.Ordinal));
        await using var connection = await cctv.Server.Database.OpenConnectionAsync(CctvCaller.Patience());
        (await connection.QuerySingleAsync<string>("select camera::text from camera where uid = @id", new { id = Guid.Parse(made["id"]!) })).ShouldNotContain("hunter2", customMessage: "sealed at rest");
    }

    [Fact]
    public async Task An_address_is_put_together_from_its_parts_and_taken_apart_into_them()
    {
        var parts = (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "Parts", ip_address = "192.0.2.7" })).ShouldBe(HttpStatusCode.Created);
        parts["rtsp_url"].ShouldBe("rtsp://192.0.2.7:554/stream1");
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "Path", ip_address = "192.0.2.7", port = 10554, rtsp_path = "live/ch0" }))["rtsp_url"]
            .ShouldBe("rtsp://192.0.2.7:10554/live/ch0");
        var url = (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "Url", rtsp_url = "rtsp://joe:pw@192.0.2.8/h264" })).ShouldBe(HttpStatusCode.Created);
        url["ip_address"].ShouldBe("192.0.2.8");
        url["port"].ShouldBe("554");
        url["username"].ShouldBe("joe");
        url["rtsp_path"].ShouldBe("/h264");
    }

    [Fact]
    public async Task A_change_names_what_it_changed_and_a_form_sent_back_as_it_was_changes_nothing()
    {
        var made = (await PostTextAsync("/cctv/cameras/", Readme)).ShouldBe(HttpStatusCode.Created);
        var path = $"/cctv/cameras/{made["id"]}/";

        (await cctv.Owner.PutAsync(path, made.Json)).ShouldBeOk().Json.GetProperty("updated_fields").GetArrayLength().ShouldBe(0);

        var changed = (await cctv.Owner.PutAsync(path, new { name = "Back Door", ip_address = "192.0.2.101", max_recording_hours = 48, is_public = true, rtsp_url = made["rtsp_url"] })).ShouldBeOk();
        changed["message"].ShouldBe("Camera updated successfully");
        changed["camera_id"].ShouldBe(made["id"]);
        changed.Json.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()).ShouldBe(["ip_address", "is_public", "max_recording_hours", "name"]);
        var camera = changed.Json.GetProperty("camera");
        camera.GetProperty("rtsp_url").GetString().ShouldBe("rtsp://192.0.2.101:8554/stream1");
        camera.GetProperty("max_recording_hours").GetInt32().ShouldBe(48);
        camera.GetProperty("is_public").GetBoolean().ShouldBeTrue();
        (await cctv.Owner.SendAsync(HttpMethod.Patch, path, new { description = "" })).ShouldBeOk().Json.GetProperty("camera").GetProperty("description").GetString().ShouldBe("");
    }

    [Fact]
    public async Task Nothing_said_shows_the_usual_week_and_0_hours_keep_footage_for_ever()
    {
        var path = $"/cctv/cameras/{(await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "Term", ip_address = "192.0.2.7" })).ShouldBe(HttpStatusCode.Created)["id"]}/";
        (await cctv.Owner.GetAsync(path))["max_recording_hours"].ShouldBe("168");

        var changed = (await cctv.Owner.PutAsync(path, new { max_recording_hours = 0 })).ShouldBeOk().Json;

        changed.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()).ShouldBe(["max_recording_hours"]);
        changed.GetProperty("camera").GetProperty("max_recording_hours").GetInt32().ShouldBe(0);
        (await cctv.Owner.PutAsync(path, new { max_recording_hours = 0 })).Json.GetProperty("updated_fields").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Forms_that_make_no_sense_are_refused_and_changes_can_be_tried_first()
    {
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { description = "no name" })).ShouldBe(HttpStatusCode.UnprocessableEntity)
            .Json.GetProperty("detail").EnumerateArray().Select(f => f.GetProperty("loc")[1].GetString()).ShouldBe(["name", "rtsp_url"], ignoreOrder: true);
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "x", ip_address = "not an ip" })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "x", ip_address = "192.0.2.1", port = 70000 })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "x", ip_address = "192.0.2.1", record_quality = "best" })).ShouldBe(HttpStatusCode.UnprocessableEntity);

        (await cctv.Owner.PostAsync($"/cctv/cameras/{cctv.Camera}/validate_update/", new { name = "Cot" })).ShouldBeOk()["valid"].ShouldBe("true");
        (await cctv.Owner.PostAsync($"/cctv/cameras/{cctv.Camera}/validate_update/", new { rtsp_url = "gopher://x" })).ShouldBe(HttpStatusCode.BadRequest);
        (await cctv.Owner.GetAsync($"/cctv/cameras/{cctv.Camera}/stream/info/"))["camera_name"].ShouldBe("Crib", "trying changes nothing");
    }

    [Theory] // Flaw 14.
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://192.0.2.1/")]
    [InlineData("rtsp://127.0.0.1:554/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("rtsp://[::1]/")]
    public async Task The_server_opens_no_address_on_a_members_behalf_that_is_no_cameras(string address)
    {
        var refused = (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "trick", rtsp_url = address })).ShouldBe(HttpStatusCode.BadRequest);
        refused["detail"].ShouldNotBeNullOrEmpty();
        refused["error"].ShouldBe(refused["detail"]);
        (await cctv.Owner.PutAsync($"/cctv/cameras/{cctv.Camera}/", new { rtsp_url_sub = address })).ShouldBe(HttpStatusCode.BadRequest);
        (await cctv.Owner.PostAsync("/cctv/cameras/", new { name = "trick", ip_address = "localhost" })).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_camera_is_removed_once()
    {
        var camera = await cctv.AddCameraAsync("Short lived");

        var gone = (await cctv.Owner.DeleteAsync($"/cctv/cameras/{camera}/")).ShouldBeOk();
        gone["message"].ShouldNotBeNullOrEmpty();
        gone["camera_id"].ShouldBe(camera);
        gone["deleted_at"]!.ShouldEndWith("Z");
        (await cctv.Owner.DeleteAsync($"/cctv/cameras/{camera}/")).ShouldBe(HttpStatusCode.NotFound)["detail"].ShouldBe("Camera not found");
    }

    [Theory] // The page spells it with a hyphen.
    [InlineData("test_connection")]
    [InlineData("test-connection")]
    public async Task A_test_of_the_connection_tells_the_truth_with_200(string path)
    {
        var good = (await cctv.Owner.PostAsync($"/cctv/cameras/{cctv.Camera}/{path}/")).ShouldBeOk();
        good["success"].ShouldBe("true");
        good["status"].ShouldBe("active");
        good["camera_id"].ShouldBe(cctv.Camera);
        good["camera_name"].ShouldBe("Crib");
        good["frame_size"]!.ShouldMatch(@"^\d+x\d+$");

        var phone = await cctv.AddCameraAsync("Phone", "whip:");
        var bad = (await cctv.Owner.PostAsync($"/cctv/cameras/{phone}/{path}/")).ShouldBeOk();
        bad["success"].ShouldBe("false");
        bad["status"].ShouldBe("error");
        bad["error"].ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Recovering_and_setting_online_say_what_became_of_it()
    {
        var online = (await cctv.Owner.PostAsync($"/cctv/cameras/{cctv.Camera}/set_online/")).ShouldBeOk();
        online["current_status"].ShouldBe("active");
        online["is_online"].ShouldBe("true");
        online.Json.GetProperty("stream_urls").GetProperty("main").GetString().ShouldBe($"/v0/api/cctv/cameras/{cctv.Camera}/stream/?quality=main");
        online.Json.GetProperty("stream_urls").GetProperty("sub").ValueKind.ShouldBe(JsonValueKind.Null);
        (await cctv.Owner.PostAsync($"/cctv/cameras/{cctv.Camera}/recover_stream/")).ShouldBeOk()["success"].ShouldBe("true");

        var paused = await cctv.AddCameraAsync("Bath");
        (await cctv.Owner.PutAsync($"/cctv/cameras/{paused}/", new { is_active = false })).ShouldBeOk();
        (await cctv.Owner.PostAsync($"/cctv/cameras/{paused}/recover_stream/")).ShouldBe(HttpStatusCode.BadRequest);
        (await cctv.Owner.PostAsync($"/cctv/cameras/{paused}/set_online/")).ShouldBeOk()["previous_status"].ShouldBe("inactive");
    }

    [Fact] // Flaw 9: what is wrong is said as what it is, and nothing of the inside.
    public async Task Strangers_neighbours_visitors_and_guests_get_their_own_answers()
    {
        using var neighbour = await cctv.NeighbourAsync();
        using var guest = await cctv.MemberAsync(Place.Guest);
        using var visitor = await cctv.MemberAsync(Place.Parent);
        await using (var connection = await cctv.Server.Database.OpenConnectionAsync(CctvCaller.Patience()))
        {
            await connection.ExecuteAsync(
                "update account set role = 'visitor' where uid = @uid", new { uid = visitor.SignedIn.GetProperty("user").GetProperty("id").GetGuid() });
        }

        foreach (var (method, path) in new[]
        {
            ("PUT", ""), ("DELETE", ""), ("POST", "test_connection/"), ("POST", "set_online/"), ("POST", "recover_stream/"), ("POST", "validate_update/"),
            ("GET", "stream/"), ("GET", "stream/info/"), ("GET", "stream/thumbnail/"), ("GET", "stream/snapshot/"), ("GET", "stream_status/"), ("GET", "stream_health/"),
            ("POST", "activate_stream/"), ("POST", "deactivate_stream/"),
        })
        {
            var address = $"/cctv/cameras/{cctv.Camera}/{path}";
            (await Answer.OfAsync(await cctv.Server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/v0/api" + address), CctvCaller.Patience())))
                .ShouldBe(HttpStatusCode.Unauthorized).Text.ShouldBe("""{"detail":"Unauthorized"}""");
            (await visitor.SendAsync(new HttpMethod(method), address, new { })).ShouldBe(HttpStatusCode.Unauthorized).Text.ShouldBe("""{"detail":"Unauthorized"}""");
            (await neighbour.SendAsync(new HttpMethod(method), address, new { })).ShouldBe(HttpStatusCode.NotFound)["detail"].ShouldBe("Camera not found");
            (await guest.SendAsync(new HttpMethod(method), address, new { })).ShouldBe(HttpStatusCode.NotFound);
        }

        (await guest.PostAsync("/cctv/cameras/", new { name = "x", rtsp_url = "test:" })).ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<Answer> PostTextAsync(string path, string json) =>
        await cctv.Owner.PostAsync(path, JsonDocument.Parse(json).RootElement);
}
