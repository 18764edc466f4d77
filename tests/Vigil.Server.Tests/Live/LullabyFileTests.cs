using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live;

/// <summary>A real ffmpeg looks at what the family uploads; a phone's line and key fetch it.</summary>
public sealed class LullabyFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sound_that_a_parent_uploads_is_played_by_the_rooms_phone_and_ends_when_it_is_deleted()
    {
        PairedPhone phone;
        Account owner;
        string database;
        Guid song;
        await using (var server = await TestServer.StartAsync())
        {
            database = server.ConnectionString;
            var home = await TestHousehold.CreateAsync(server);
            owner = home.Owner.Account;
            phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
            // As a phone records it: MP4 with its index at the end.
            var made = await UploadAsync(home.Client, "Grandma's song", await RecordAsync("-c:a", "aac", "-f", "mp4"));
            song = made.GetProperty("id").GetGuid();
            made.GetProperty("seconds").GetDouble().ShouldBe(3, 0.2);
            var listed = (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/lullabies", Cancel)).EnumerateArray().Single();
            listed.GetProperty("name").GetString().ShouldBe("Grandma's song");

            await using var line = await RoomLine.OpenAsync(server, phone.Key);
            await line.UntilAsync("lullaby");
            using var unasked = await FetchAsync(server, phone, $"/api/v1/cameras/{phone.Camera}/lullaby/{song}");
            unasked.StatusCode.ShouldBe(HttpStatusCode.NotFound, "A device gets only what its room plays.");
            using var started = await home.Client.PutAsJsonAsync(
                $"/api/v1/cameras/{phone.Camera}/lullaby", new { sound = "file", file = song, minutes = 30, volume = 0.4 }, Cancel);
            started.StatusCode.ShouldBe(HttpStatusCode.OK, await started.Content.ReadAsStringAsync(Cancel));
        }

        await using var next = await TestServer.StartAsync(database: database);
        await using var again = await RoomLine.OpenAsync(next, phone.Key);
        var told = (await again.UntilAsync("lullaby")).GetProperty("sound");
        told.GetProperty("kind").GetString().ShouldBe("file");
        told.GetProperty("name").GetString().ShouldBe("Grandma's song");
        using var sound = await FetchAsync(next, phone, told.GetProperty("url").GetString()!);
        sound.StatusCode.ShouldBe(HttpStatusCode.OK);
        sound.Content.Headers.ContentType!.MediaType.ShouldBe("audio/mpeg");
        (await sound.Content.ReadAsByteArrayAsync(Cancel)).Take(2).ShouldBe([(byte)0xFF, (byte)0xFB], "An MP3 frame, and nothing of the file's own description.");

        var parent = await TestMember.SignInAsync(next, owner);
        (await parent.Client.DeleteAsync($"/api/v1/lullabies/{song}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await again.UntilAsync("lullaby")).GetProperty("sound").ValueKind.ShouldBe(JsonValueKind.Null);
        using var gone = await FetchAsync(next, phone, told.GetProperty("url").GetString()!);
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_no_sound_too_long_or_somebody_elses_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var neighbour = await TestHousehold.CreateAsync(server, "eve");
        var guest = await home.AddAsync("gus", Place.Guest);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        var fire = await PairedPhone.NewRoomAsync(server, neighbour.Client, "Nursery", "Phone", Cancel);
        var tone = await RecordAsync("-c:a", "pcm_s16le", "-f", "wav");
        var song = (await UploadAsync(home.Client, "", tone)).GetProperty("id").GetGuid();

        await ShouldRefuseAsync(home.Client, "#!/bin/sh\necho not a song\n"u8.ToArray(), HttpStatusCode.BadRequest);
        // A play list would make ffmpeg open what it names.
        await ShouldRefuseAsync(home.Client, "#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n"u8.ToArray(), HttpStatusCode.BadRequest);
        await ShouldRefuseAsync(home.Client, new byte[(20 * 1024 * 1024) + 1], HttpStatusCode.RequestEntityTooLarge);
        await ShouldRefuseAsync(guest.Client, tone, HttpStatusCode.Forbidden);
        await ShouldRefuseAsync(server.Client, tone, HttpStatusCode.Unauthorized);

        await using var line = await RoomLine.OpenAsync(server, fire.Key);
        await line.UntilAsync("lullaby");
        var wish = new { sound = "file", file = song, minutes = 5, volume = 0.4 };
        (await neighbour.Client.PutAsJsonAsync($"/api/v1/cameras/{fire.Camera}/lullaby", wish, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var stolen = await FetchAsync(server, fire, $"/api/v1/cameras/{fire.Camera}/lullaby/{song}");
        stolen.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var other = await FetchAsync(server, fire, $"/api/v1/cameras/{phone.Camera}/lullaby/{song}");
        other.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.Client.GetAsync($"/api/v1/cameras/{fire.Camera}/lullaby/{song}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await neighbour.Client.DeleteAsync($"/api/v1/lullabies/{song}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await guest.Client.GetAsync("/api/v1/lullabies", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await home.Client.GetAsync($"/api/v1/cameras/{phone.Camera}/lullaby/{song}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_households_upload_at_a_time_and_nobody_holds_a_turn_for_longer_than_three_minutes()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var ana = await TestHousehold.CreateAsync(server);
        var eve = await TestHousehold.CreateAsync(server, "eve");
        var ida = await TestHousehold.CreateAsync(server, "ida");
        var tone = await RecordAsync("-c:a", "pcm_s16le", "-f", "wav");
        await using var first = await SlowUpload.BeginAsync(server, ana.Owner, tone.Length);
        (await first.LineAsync()).ShouldContain("100 Continue", customMessage: "The server has begun to read.");
        await first.SendAsync(tone[..^1]); // All but the end at once: Kestrel itself ends a request whose body comes too slowly.
        await ShouldRefuseAsync(ana.Client, tone, HttpStatusCode.ServiceUnavailable);
        await using var second = await SlowUpload.BeginAsync(server, eve.Owner, tone.Length);
        (await second.LineAsync()).ShouldContain("100 Continue");
        await second.SendAsync(tone[..^1]);
        await ShouldRefuseAsync(ida.Client, tone, HttpStatusCode.ServiceUnavailable);

        await first.SendAsync(tone[^1..]);
        (await MeanwhileAsync(time, first.LineAsync())).ShouldContain("201 Created");
        await MeanwhileAsync(time, UploadAsync(ida.Client, "Ida's song", tone));

        // It said more than it ever sends.
        time.Advance(TimeSpan.FromMinutes(3));
        (await second.LineAsync()).ShouldContain("408 Request Timeout");
        await second.UntilAsync("tooSlow"); // Vigil's own word, and not Kestrel's.
        await MeanwhileAsync(time, UploadAsync(eve.Client, "Eve's song", tone));

        await using var huge = await SlowUpload.BeginAsync(server, ida.Owner, (20 * 1024 * 1024) + 1);
        (await huge.LineAsync()).ShouldContain("413 Payload Too Large", customMessage: "What is said to be too long is not even read.");
    }

    private static async Task<JsonElement> UploadAsync(HttpClient client, string name, byte[] file)
    {
        using var body = new ByteArrayContent(file);
        using var answer = await client.PostAsync(new Uri($"/api/v1/lullabies?name={Uri.EscapeDataString(name)}", UriKind.Relative), body, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Cancel));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static async Task ShouldRefuseAsync(HttpClient client, byte[] file, HttpStatusCode expected)
    {
        using var body = new ByteArrayContent(file);
        using var answer = await client.PostAsync(new Uri("/api/v1/lullabies?name=x", UriKind.Relative), body, Cancel);
        answer.StatusCode.ShouldBe(expected, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<HttpResponseMessage> FetchAsync(TestServer server, PairedPhone phone, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", phone.Key) } };
        using var device = new HttpClient { BaseAddress = server.Address };
        return await device.SendAsync(request, Cancel);
    }

    /// <summary>ffmpeg is looked after by the server's clock.</summary>
    private static async Task<T> MeanwhileAsync<T>(ManualTime time, Task<T> work)
    {
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(20), () => work.IsCompleted);
        return await work;
    }

    /// <summary>Three seconds of a tone, as ffmpeg writes them with these arguments.</summary>
    private static async Task<byte[]> RecordAsync(params string[] output)
    {
        var path = Path.GetTempFileName();
        try
        {
            using var ffmpeg = Process.Start("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=frequency=440:duration=3", .. output, path]);
            await ffmpeg.WaitForExitAsync(Cancel);
            return await File.ReadAllBytesAsync(path, Cancel);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>An upload by hand, byte by byte. The server says "continue" when it begins to read.</summary>
    private sealed class SlowUpload(TcpClient tcp) : IAsyncDisposable
    {
        private readonly StreamReader reader = new(tcp.GetStream(), Encoding.ASCII);

        public static async Task<SlowUpload> BeginAsync(TestServer server, TestMember member, int length)
        {
            var tcp = new TcpClient();
            await tcp.ConnectAsync(server.Address.Host, server.Address.Port, Cancel);
            var upload = new SlowUpload(tcp);
            await upload.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /api/v1/lullabies?name=slow HTTP/1.1\r\nHost: {server.Address.Authority}\r\nOrigin: {server.Address.GetLeftPart(UriPartial.Authority)}\r\n"
                + $"Cookie: {member.CookieHeader}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));
            return upload;
        }

        public async Task SendAsync(byte[] bytes) => await tcp.GetStream().WriteAsync(bytes, Cancel);

        /// <summary>The next line that says a status.</summary>
        public async Task<string> LineAsync()
        {
            while (true)
            {
                var line = await reader.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("The server closed the connection.");
                if (line.StartsWith("HTTP/1.1", StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }

        /// <summary>Completes when the rest of the answer has said this.</summary>
        public async Task UntilAsync(string words)
        {
            var said = new StringBuilder();
            var part = new char[1024];
            while (!said.ToString().Contains(words, StringComparison.Ordinal))
            {
                var length = await reader.ReadAsync(part, Cancel);
                length.ShouldBePositive($"It ended with: {said}");
                said.Append(part, 0, length);
            }
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            tcp.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
