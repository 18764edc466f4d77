using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>Recording by hand, and `/v0/api/cctv/recordings/…`.</summary>
public sealed class CctvRecordingsTests(CctvServer cctv) : IClassFixture<CctvServer>
{
    [Fact] // Flaws 3 and 10.
    public async Task A_recording_starts_stops_when_it_is_told_to_and_plays_with_its_sound_in_any_browser()
    {
        var camera = await LiveCameraAsync("Front Door");
        var path = $"/cctv/cameras/{camera}";

        (await cctv.Owner.GetAsync($"{path}/recording_status/")).ShouldBeOk()["recording_info"].ShouldBe("null");
        var started = (await cctv.Owner.PostAsync($"{path}/start_recording/")).ShouldBeOk();
        started["message"].ShouldBe("Recording started successfully");
        started["recording_name"]!.ShouldMatch(@"^Front Door_\d{8}_\d{6}$");
        (await cctv.Owner.PostAsync($"{path}/start_recording/", new { duration_minutes = 5 })).ShouldBe(HttpStatusCode.Conflict)["detail"].ShouldBe("Camera is already recording");

        var status = await UntilAsync(
            () => cctv.Owner.GetAsync($"{path}/recording_status/"), answer => answer.Json.GetProperty("recording_info").GetProperty("frame_count").GetInt64() > 20);
        status["is_recording"].ShouldBe("true");
        status["camera_name"].ShouldBe("Front Door");
        var now = status.Json.GetProperty("recording_info");
        now.EnumerateObject().Select(f => f.Name).ShouldBe(
            ["recording_id", "recording_name", "start_time", "elapsed_seconds", "elapsed_formatted", "frame_count", "duration_minutes", "estimated_end_time"]);
        now.GetProperty("elapsed_formatted").GetString()!.ShouldMatch(@"^\d+:\d\d:\d\d$");
        now.GetProperty("duration_minutes").ValueKind.ShouldBe(JsonValueKind.Null);

        var stopped = (await cctv.Owner.PostAsync($"{path}/stop_recording/")).ShouldBeOk();
        stopped["message"].ShouldBe("Recording stopped successfully");
        stopped["recording_id"].ShouldBe(started["recording_id"]);
        (await cctv.Owner.PostAsync($"{path}/stop_recording/")).ShouldBe(HttpStatusCode.Conflict);
        (await cctv.Owner.GetAsync($"{path}/recording_status/"))["is_recording"].ShouldBe("false");

        var recording = await UntilAsync(
            () => cctv.Owner.GetAsync($"/cctv/recordings/{started["recording_id"]}/"), answer => answer["status"] != "recording" && answer["file_exists"] == "true");
        recording["status"].ShouldBe("completed");
        recording["resolution"]!.ShouldMatch(@"^\d+x\d+$");
        recording["codec"]!.ShouldStartWith("avc1");
        recording["duration"]!.ShouldMatch(@"^\d+:\d\d:\d\d$");
        recording["file_path"]!.ShouldStartWith($"recordings/{camera}/Front_Door_");
        recording["storage_type"].ShouldBe("local");
        recording["created_by_username"].ShouldBe("ana");

        using var download = await cctv.Owner.Client.GetAsync($"/v0/api/cctv/recordings/{started["recording_id"]}/download/", CctvCaller.Patience());
        download.Content.Headers.ContentType!.MediaType.ShouldBe("video/mp4");
        download.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        download.Content.Headers.ContentDisposition.FileName!.Trim('"').ShouldBe(started["recording_name"] + ".mp4");
        var file = await download.Content.ReadAsByteArrayAsync(CctvCaller.Patience());
        Encoding.ASCII.GetString(file, 4, 4).ShouldBe("ftyp");
        Encoding.Latin1.GetString(file).ShouldContain("soun", customMessage: "its sound track");
        foreach (var address in new[] { $"/v0/api/cctv/recordings/{started["recording_id"]}/stream/", $"/v0/api/cctv/playback/{started["recording_id"]}/" })
        {
            Encoding.ASCII.GetString(await cctv.Owner.Client.GetByteArrayAsync(address, CctvCaller.Patience()), 4, 4).ShouldBe("ftyp");
        }

        await FileUrlPlaysByPlainNavigationAsync(recording["file_url"]!);
    }

    [Fact]
    public async Task Lists_count_what_they_show_and_statistics_are_sums_of_it()
    {
        var camera = await LiveCameraAsync("Counted");
        var begun = (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/start_recording/", new { duration_minutes = 5, recording_name = "Delivery" })).ShouldBeOk();
        begun["recording_name"].ShouldBe("Delivery");
        begun["duration_minutes"].ShouldBe("5");

        var list = (await cctv.Owner.GetAsync("/cctv/recordings/")).ShouldBeOk().Json;
        list.GetProperty("total_recordings").GetInt32().ShouldBe(list.GetProperty("recordings").GetArrayLength());
        list.GetProperty("recordings").EnumerateArray().ShouldContain(r => r.GetProperty("id").GetString() == begun["recording_id"]);
        var stats = (await cctv.Owner.GetAsync("/cctv/recordings/stats/")).ShouldBeOk().Json;
        stats.GetProperty("active_recordings").GetInt32().ShouldBeGreaterThan(0);
        (stats.GetProperty("completed_recordings").GetInt32() + stats.GetProperty("failed_recordings").GetInt32() + stats.GetProperty("active_recordings").GetInt32())
            .ShouldBe(stats.GetProperty("total_recordings").GetInt32());
        (await cctv.Owner.GetAsync($"/cctv/cameras/{camera}/"))["recording_count"].ShouldNotBe("0");
        (await cctv.Owner.GetAsync("/cctv/cameras/"))["recording_cameras"].ShouldNotBe("0");
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBeOk();
        (await cctv.Owner.DeleteAsync($"/cctv/recordings/{begun["recording_id"]}/")).ShouldBeOk();
        (await cctv.Owner.GetAsync($"/cctv/recordings/{begun["recording_id"]}/")).ShouldBe(HttpStatusCode.NotFound)["detail"].ShouldBe("Recording not found");
    }

    [Fact]
    public async Task Wrong_lengths_are_refused_and_a_test_records_five_minutes()
    {
        var camera = await LiveCameraAsync("Wrong");
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/start_recording/", new { duration_minutes = 0 })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/start_recording/", new { duration_minutes = 1441 })).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBe(HttpStatusCode.Conflict);
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/test_recording/")).ShouldBeOk()["duration_minutes"].ShouldBe("5");
        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBeOk();
    }

    [Fact] // Flaw 8.
    public async Task Recordings_exist_for_the_household_only()
    {
        var camera = await LiveCameraAsync("Private");
        var begun = (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/start_recording/")).ShouldBeOk();
        using var neighbour = await cctv.NeighbourAsync();
        using var guest = await cctv.MemberAsync(Place.Guest);
        foreach (var stranger in new[] { neighbour, guest })
        {
            (await stranger.GetAsync("/cctv/recordings/")).ShouldBeOk()["total_recordings"].ShouldBe("0");
            foreach (var door in new[] { "", "download/", "stream/" })
            {
                (await stranger.GetAsync($"/cctv/recordings/{begun["recording_id"]}/{door}")).ShouldBe(HttpStatusCode.NotFound);
            }

            (await stranger.GetAsync($"/cctv/playback/{begun["recording_id"]}/")).ShouldBe(HttpStatusCode.NotFound);
            (await stranger.DeleteAsync($"/cctv/recordings/{begun["recording_id"]}/")).ShouldBe(HttpStatusCode.NotFound);
            (await stranger.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBe(HttpStatusCode.NotFound);
            (await stranger.GetAsync($"/cctv/cameras/{camera}/recording_status/")).ShouldBe(HttpStatusCode.NotFound);
        }

        (await cctv.Owner.PostAsync($"/cctv/cameras/{camera}/stop_recording/")).ShouldBeOk();
    }

    [Fact]
    public async Task There_is_no_cloud_and_no_client_to_record_elsewhere()
    {
        (await cctv.Owner.GetAsync("/cctv/recordings/gcp-transfers/")).ShouldBeOk()["total_count"].ShouldBe("0");
        (await cctv.Owner.PostAsync("/cctv/recordings/transfer-to-gcp/", new { batch_size = 5 })).ShouldBeOk()["total_recordings"].ShouldBe("0");
        foreach (var prefix in new[] { "/local-client", "/cctv/local-client" })
        {
            (await cctv.Owner.GetAsync($"{prefix}/schedules?last_sync=")).ShouldBeOk().Text.ShouldBe("[]");
            (await cctv.Owner.GetAsync($"{prefix}/cameras")).ShouldBeOk().Text.ShouldBe("[]");
            (await cctv.Owner.GetAsync($"{prefix}/health")).ShouldBeOk()["status"].ShouldBe("healthy");
            (await cctv.Owner.PostAsync($"{prefix}/heartbeat", new { client_id = "unknown", active_recordings = 0, available_space_gb = 10.5 })).ShouldBeOk()["client_id"].ShouldBe("unknown");
            (await cctv.Server.Client.GetAsync($"/v0/api{prefix}/cameras", CctvCaller.Patience())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }

    private async Task FileUrlPlaysByPlainNavigationAsync(string url)
    {
        using var stranger = cctv.Server.NewClient();
        using var first = await PartAsync(stranger, url);
        // While its last pictures are on their way to the disk, the address says how far the file goes; a browser follows it by itself.
        using var part = first.StatusCode == HttpStatusCode.Redirect ? await PartAsync(stranger, new Uri(new Uri(url), first.Headers.Location!).ToString()) : null;
        (part ?? first).StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (part ?? first).Content.Headers.ContentRange!.Length!.Value.ShouldBeGreaterThan(100);
        (await stranger.GetAsync(url.Split('?')[0], CctvCaller.Patience())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "the signature is what opens it");
        (await stranger.GetAsync(url.Replace("recordings/", "recordings/x", StringComparison.Ordinal), CctvCaller.Patience())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpResponseMessage> PartAsync(HttpClient client, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = new RangeHeaderValue(0, 99);
        return await client.SendAsync(request, CctvCaller.Patience());
    }

    private async Task<string> LiveCameraAsync(string name)
    {
        var camera = await cctv.AddCameraAsync(name);
        await cctv.WaitUntilLiveAsync(camera);
        return camera;
    }

    private static async Task<Answer> UntilAsync(Func<Task<Answer>> ask, Func<Answer, bool> holds)
    {
        var patience = CctvCaller.Patience();
        while (true)
        {
            var answer = (await ask()).ShouldBeOk();
            if (holds(answer))
            {
                return answer;
            }

            patience.IsCancellationRequested.ShouldBeFalse(answer.Text);
        }
    }
}
