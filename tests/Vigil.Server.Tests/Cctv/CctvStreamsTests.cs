using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.Live;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>`/v0/api/cctv/cameras/{id}/stream/…` and `/v0/api/cctv/streams/…`, and who watches what.</summary>
public sealed class CctvStreamsTests(CctvServer cctv) : IClassFixture<CctvServer>
{
    private string Stream => $"/v0/api/cctv/cameras/{cctv.Camera}/stream/";

    [Theory]
    [InlineData("main", "main")]
    [InlineData("", "main")]
    [InlineData("better", "main")]
    [InlineData("sub", "main")] // It has no small stream.
    public async Task A_plain_image_with_the_cookie_gets_jpeg_pictures_in_the_documented_parts(string asked, string given)
    {
        // As an image element asks: the cookie, and no header of ours.
        using var image = cctv.Server.NewClient();
        image.DefaultRequestHeaders.Add("Cookie", cctv.Home.Owner.CookieHeader);
        using var answer = await image.GetAsync($"{Stream}?quality={asked}", HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience());

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("multipart/x-mixed-replace; boundary=frame");
        answer.Headers.GetValues("X-Camera-Name").ShouldBe(["Crib"]);
        answer.Headers.GetValues("X-Stream-Quality").ShouldBe([given]);
        answer.Headers.CacheControl!.NoCache.ShouldBeTrue();
        answer.Headers.CacheControl.NoStore.ShouldBeTrue();
        await ReadPicturesAsync(answer, 3);
    }

    [Fact]
    public async Task A_camera_with_a_small_stream_shows_it_when_asked()
    {
        var camera = await cctv.AddCameraAsync("Hall", "test:hall", "test:small");
        await cctv.WaitUntilLiveAsync(camera);

        using var answer = await cctv.Owner.Client.GetAsync($"/v0/api/cctv/cameras/{camera}/stream/?quality=sub", HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience());

        answer.Headers.GetValues("X-Stream-Quality").ShouldBe(["sub"]);
        (await cctv.Owner.GetAsync($"/cctv/cameras/{camera}/stream/info/")).Json.GetProperty("supported_qualities").GetArrayLength().ShouldBe(2);
        await ReadPicturesAsync(answer, 1);
    }

    [Fact]
    public async Task A_page_of_another_origin_gets_the_pictures_by_the_signature_in_the_address_and_only_while_the_session_lives()
    {
        using var caller = await CctvCaller.SignInAsync(cctv.Server, "ana@example.org");
        var address = (await caller.GetAsync($"/cctv/cameras/{cctv.Camera}/stream/info/")).ShouldBeOk().Json.GetProperty("stream_urls").GetProperty("main").GetString()!;
        var other = await cctv.AddCameraAsync("Other");

        using (var answer = await cctv.Server.Client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience()))
        {
            await ReadPicturesAsync(answer, 1);
        }

        (await StatusAsync(address.Replace(cctv.Camera, other, StringComparison.Ordinal))).ShouldBe(HttpStatusCode.Unauthorized, "signed for another camera");
        (await StatusAsync(address.Replace("st=", "st=A", StringComparison.Ordinal))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync($"{Stream}?token={caller.SignedIn.GetProperty("access_token").GetString()}")).ShouldBe(HttpStatusCode.Unauthorized, "never the token itself");
        await caller.PostAsync("/users/auth/logout/");
        (await StatusAsync(address)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact] // Flaw 1.
    public async Task Without_a_session_there_is_no_picture_and_looking_wakes_no_camera()
    {
        (await StatusAsync(Stream)).ShouldBe(HttpStatusCode.Unauthorized);

        var camera = await cctv.AddCameraAsync("Bath");
        (await cctv.Owner.PutAsync($"/cctv/cameras/{camera}/", new { is_active = false })).ShouldBeOk();
        var refused = (await cctv.Owner.GetAsync($"/cctv/cameras/{camera}/stream/")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused["detail"].ShouldNotBeNullOrEmpty();
        (await cctv.Owner.GetAsync($"/cctv/cameras/{camera}/stream/thumbnail/")).ShouldBe(HttpStatusCode.NoContent);
        (await cctv.Owner.GetAsync($"/cctv/cameras/{camera}/stream/info/"))["status"].ShouldBe("inactive", "still paused");
        (await cctv.Owner.GetAsync($"/cctv/cameras/{Guid.NewGuid()}/stream/")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact] // Flaw 18.
    public async Task A_camera_that_cannot_be_reached_is_503_in_json_and_never_a_text_part()
    {
        var camera = await cctv.AddCameraAsync("Phone", "whip:");

        using var answer = await cctv.Owner.Client.GetAsync($"/v0/api/cctv/cameras/{camera}/stream/", CctvCaller.Patience());

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact] // Flaw 11.
    public async Task Viewers_of_one_quality_share_one_encode()
    {
        var budget = cctv.Server.Services.GetRequiredService<TranscodeBudget>();
        using var first = await WatchAsync(cctv.Owner);
        var used = budget.Used;
        using var second = await WatchAsync(cctv.Owner);
        using var third = await WatchAsync(cctv.Owner);

        used.ShouldBeGreaterThan(0);
        budget.Used.ShouldBe(used);
    }

    [Fact]
    public async Task Thumbnail_and_snapshot_are_jpeg_pictures()
    {
        using var thumbnail = await cctv.Owner.Client.GetAsync($"{Stream}thumbnail/", CctvCaller.Patience());
        thumbnail.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");

        var taken = (await cctv.Owner.GetAsync($"/cctv/cameras/{cctv.Camera}/stream/snapshot/")).ShouldBeOk();
        taken["success"].ShouldBe("true");
        var snapshot = taken.Json.GetProperty("snapshot");
        snapshot.GetProperty("camera_name").GetString().ShouldBe("Crib");
        snapshot.GetProperty("filename").GetString()!.ShouldEndWith(".jpg");
        (await cctv.Server.Client.GetByteArrayAsync(snapshot.GetProperty("full_url").GetString(), CctvCaller.Patience()))[..2].ShouldBe([0xFF, 0xD8]);
        (await StatusAsync(snapshot.GetProperty("file_path").GetString()!)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Activating_is_noted_once_and_deactivating_ends_the_pictures_and_not_the_camera()
    {
        var camera = await cctv.AddCameraAsync("Porch");
        await cctv.WaitUntilLiveAsync(camera);
        var path = $"/cctv/cameras/{camera}";

        var activated = (await cctv.Owner.PostAsync($"{path}/activate_stream/?quality=main")).ShouldBeOk();
        activated["success"].ShouldBe("true");
        var facts = activated.Json.GetProperty("stream_info");
        facts.EnumerateObject().Select(f => f.Name).ShouldBe(["session_id", "camera_id", "camera_name", "quality", "stream_url", "rtsp_url", "start_time", "camera_status"]);
        facts.GetProperty("camera_status").GetString().ShouldBe("active");
        (await cctv.Owner.PostAsync($"{path}/activate_stream/?quality=main")).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("Stream is already active");
        (await cctv.Owner.GetAsync($"{path}/stream_status/")).ShouldBeOk().Json.GetProperty("stream_status").GetProperty("is_active").GetBoolean().ShouldBeTrue();

        using var answer = await cctv.Owner.Client.GetAsync($"/v0/api{path}/stream/", HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience());
        await ReadPicturesAsync(answer, 1);
        (await cctv.Owner.PostAsync($"{path}/deactivate_stream/")).ShouldBeOk()["success"].ShouldBe("true");
        await (await answer.Content.ReadAsStreamAsync(CctvCaller.Patience())).CopyToAsync(System.IO.Stream.Null, CctvCaller.Patience()); // It ends.

        (await cctv.Owner.GetAsync($"{path}/stream_health/")).ShouldBeOk()["status"].ShouldBe("healthy");
        (await cctv.Owner.GetAsync($"{path}/stream_status/")).Json.GetProperty("stream_manager_status").GetProperty("is_streaming").GetBoolean().ShouldBeTrue();
        (await cctv.Owner.PostAsync($"{path}/deactivate_stream/")).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact] // Flaw 8.
    public async Task Who_watches_is_kept_and_shown_to_the_household_and_to_nobody_else()
    {
        var camera = await cctv.AddCameraAsync("Garden");
        await cctv.WaitUntilLiveAsync(camera);
        var number = await cctv.NumberOfAsync(camera);
        using var parent = await cctv.MemberAsync(Place.Parent);
        using var neighbour = await cctv.NeighbourAsync();
        using var sitter = await cctv.MemberAsync(Place.Guest);
        var sitterId = sitter.SignedIn.GetProperty("user").GetProperty("id").GetString();
        (await cctv.Owner.PostAsync("/cctv/camera-access/", new { user = sitterId, camera, access_level = "admin" })).ShouldBe(HttpStatusCode.Created);
        parent.Client.DefaultRequestHeaders.UserAgent.ParseAdd("Kitchen-Tablet/1");
        var name = parent.SignedIn.GetProperty("user").GetProperty("username").GetString();

        using (var watching = await WatchAsync(parent, camera))
        {
            await ReadPicturesAsync(watching, 1);
            var active = (await cctv.Owner.GetAsync("/cctv/streams/active/")).ShouldBeOk().Json.GetProperty("streams").EnumerateArray()
                .Single(stream => stream.GetProperty("camera_id").GetString() == camera);
            active.GetProperty("viewers").GetInt32().ShouldBe(1);
            active.GetProperty("quality").GetString().ShouldBe("main");
            var now = await ViewersAsync(number);
            now.GetProperty("now")[0].GetProperty("viewer").GetString().ShouldBe(name);
            now.GetProperty("now")[0].GetProperty("road").GetString().ShouldBe("mjpeg");
            (await neighbour.GetAsync("/cctv/streams/active/"))["total_active_streams"].ShouldBe("0");
            (await sitter.GetAsync("/cctv/streams/active/"))["total_active_streams"].ShouldBe("0", "a guest does not see when the parents look");
        }

        await Until(async () => (await ViewersAsync(number)).GetProperty("recent").GetArrayLength() == 1);
        var session = (await cctv.Owner.GetAsync("/cctv/streams/")).ShouldBeOk().Json.GetProperty("streams").EnumerateArray()
            .Single(stream => stream.GetProperty("camera").GetString() == camera);
        session.GetProperty("username").GetString().ShouldBe(name);
        session.GetProperty("user_agent").GetString().ShouldBe("Kitchen-Tablet/1");
        session.GetProperty("is_active").GetBoolean().ShouldBeFalse();
        session.GetProperty("end_time").GetString()!.ShouldEndWith("Z");
        (await neighbour.GetAsync("/cctv/streams/"))["total_streams"].ShouldBe("0");
        (await sitter.GetAsync("/cctv/streams/"))["total_streams"].ShouldBe("0", "also one who may do everything with the camera");
        (await neighbour.Client.GetAsync($"/api/v1/cameras/{number}/viewers", CctvCaller.Patience())).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await sitter.Client.GetAsync($"/api/v1/cameras/{number}/viewers", CctvCaller.Patience())).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task<HttpResponseMessage> WatchAsync(CctvCaller caller, string? camera = null) => caller.Client.GetAsync(
        $"/v0/api/cctv/cameras/{camera ?? cctv.Camera}/stream/", HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience());

    private async Task<JsonElement> ViewersAsync(int number) =>
        await cctv.Home.Client.GetFromJsonAsync<JsonElement>($"/api/v1/cameras/{number}/viewers", CctvCaller.Patience());

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await cctv.Server.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, CctvCaller.Patience());
        return answer.StatusCode;
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        var patience = CctvCaller.Patience();
        while (!await holds())
        {
            patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task ReadPicturesAsync(HttpResponseMessage answer, int count)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var body = new StreamReader(await answer.Content.ReadAsStreamAsync(CctvCaller.Patience()), Encoding.Latin1);
        for (var picture = 0; picture < count; picture++)
        {
            (await body.ReadLineAsync(CctvCaller.Patience())).ShouldBe("--frame");
            (await body.ReadLineAsync(CctvCaller.Patience())).ShouldBe("Content-Type: image/jpeg");
            var length = int.Parse((await body.ReadLineAsync(CctvCaller.Patience()))!.Split(' ')[1], CultureInfo.InvariantCulture);
            (await body.ReadLineAsync(CctvCaller.Patience())).ShouldBe("");
            var bytes = new char[length + 2];
            await body.ReadBlockAsync(bytes, CctvCaller.Patience());
            bytes[..2].ShouldBe(['\xFF', '\xD8']);
        }
    }
}
