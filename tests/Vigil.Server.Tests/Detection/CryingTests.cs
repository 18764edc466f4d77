using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Cameras;
using Vigil.Server.Detection;
using Vigil.Server.Tests.Architecture;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Detection;

/// <summary>A real cry at the ear of a camera, to the page, and what parents say about it.</summary>
public sealed class CryingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crying_is_one_event_that_grows_and_ends_and_carries_its_curve()
    {
        await using var room = await Room.OpenAsync();
        await using var page = await OpenPage.OpenAsync(room.Server, room.Home.Owner);
        var cry = await Room.DecodeAsync("cry-1.ogg");

        var heard = room.Hear(cry, cry, new short[16_000 * 5], cry, new short[16_000 * 30]);

        var began = await page.UntilEventAsync("cry");
        (began.GetProperty("startedAt").GetDateTimeOffset() - room.Start).TotalSeconds.ShouldBeInRange(0, 3);
        began.GetProperty("clip").ValueKind.ShouldBe(JsonValueKind.Object);
        var over = await page.UntilEventAsync("cry", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);
        over.GetProperty("id").GetGuid().ShouldBe(began.GetProperty("id").GetGuid());
        (over.GetProperty("endedAt").GetDateTimeOffset() - over.GetProperty("startedAt").GetDateTimeOffset()).TotalSeconds.ShouldBeInRange(12, heard);
        over.GetProperty("score").GetSingle().ShouldBeGreaterThan(CryModel.BuiltIn.AlarmThreshold);

        var curve = await room.Home.Client.GetFromJsonAsync<JsonElement>($"/api/v1/events/{over.GetProperty("id").GetGuid()}/cry", Cancel);
        curve.GetProperty("levels").GetArrayLength().ShouldBeGreaterThan(30);
        curve.GetProperty("scores").GetArrayLength().ShouldBe(curve.GetProperty("levels").GetArrayLength());
    }

    [Fact]
    public async Task A_quiet_hour_with_rain_and_a_dog_raises_nothing()
    {
        await using var room = await Room.OpenAsync();
        var rain = await Room.DecodeAsync("rain.ogg");
        var dog = await Room.DecodeAsync("dog.ogg");
        var log = room.Server.Services.GetRequiredService<Vigil.Server.Events.EventLog>();

        room.Hear([.. Enumerable.Repeat(rain, 100), dog, new short[16_000 * 60], dog, .. Enumerable.Repeat(new short[16_000 * 60], 50)]);

        (await log.ListAsync(room.Home.Id, null, Vigil.Server.Events.EventKind.Cry, false, null, 10, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_parents_say_moves_the_threshold_a_bounded_step_and_can_be_undone_and_exported()
    {
        await using var room = await Room.OpenAsync();
        var neighbour = await TestHousehold.CreateAsync(room.Server, "bob");
        await using var page = await OpenPage.OpenAsync(room.Server, room.Home.Owner);
        room.Hear(await Room.DecodeAsync("cry-1.ogg"), new short[16_000 * 20]);
        var id = (await page.UntilEventAsync("cry", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null)).GetProperty("id").GetGuid();
        var (client, other) = (room.Home.Client, neighbour.Client);
        var usual = (await client.GetFromJsonAsync<JsonElement>("/api/v1/cameras/1/hearing", Cancel)).GetProperty("threshold").GetSingle();

        (await other.PostAsync($"/api/v1/events/{id}/not-a-cry", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var said = await SayAsync(client, $"/api/v1/events/{id}/not-a-cry");
        said.GetProperty("threshold").GetSingle().ShouldBe(CryAlarm.Shift(usual, CryTuning.Step), 0.001f);
        said.GetProperty("explanation").GetString().ShouldNotBeNull().ShouldContain("“not a cry” once");

        // Said twice about one alarm, it counts once.
        said = await SayAsync(client, $"/api/v1/events/{id}/not-a-cry");
        said.GetProperty("feedback").GetArrayLength().ShouldBe(1);

        var lines = (await client.GetStringAsync("/api/v1/cameras/1/hearing/feedback.jsonl", Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var line = JsonDocument.Parse(lines.ShouldHaveSingleItem()).RootElement;
        line.GetProperty("label").GetString().ShouldBe("not");
        line.GetProperty("features").GetBytesFromBase64().Length.ShouldBe(198 * 64);

        var feedback = said.GetProperty("feedback")[0].GetProperty("id").GetInt64();
        (await other.DeleteAsync($"/api/v1/cameras/1/hearing/feedback/{feedback}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var undone = await client.DeleteAsync($"/api/v1/cameras/1/hearing/feedback/{feedback}", Cancel);
        (await undone.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("threshold").GetSingle().ShouldBe(usual, 0.001f);
        (await client.DeleteAsync($"/api/v1/cameras/1/hearing/feedback/{feedback}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        said = await SayAsync(client, "/api/v1/cameras/1/hearing/missed");
        said = await SayAsync(client, "/api/v1/cameras/1/hearing/missed"); // The same moment.
        said.GetProperty("shift").GetSingle().ShouldBe(-CryTuning.Step);
    }

    [Fact]
    public async Task However_often_one_was_missed_the_next_word_the_other_way_moves_the_threshold()
    {
        await using var room = await Room.OpenAsync();
        var tuning = room.Server.Services.GetRequiredService<CryTuning>();
        Task<CryFeedback?> SayAsync(int second, Guid? alarm) => tuning.SayAsync(
            new CryFeedback
            {
                HouseholdId = room.Home.Id,
                CameraId = 1,
                EventId = alarm,
                Said = alarm is null ? "missed" : "not_cry",
                At = room.Start.AddSeconds(second),
                ByName = "alice",
                Score = 0.5f,
                Shift = alarm is null ? -CryTuning.Step : CryTuning.Step,
                Model = "test",
            },
            room.Home.Owner.Account.Id, [1], Cancel);

        (await Task.WhenAll(SayAsync(1, null), SayAsync(1, null), SayAsync(1, null))).Count(f => f is not null).ShouldBe(1, "one moment counts once");
        for (var i = 2; i < 20; i++)
        {
            await SayAsync(i, null);
        }

        tuning.ShiftOf(1).ShouldBe(-CrySensitivity.MostLearnt);
        (await tuning.ListAsync(room.Home.Id, 1, 100, Cancel)).Count.ShouldBe(4);
        (await SayAsync(30, Guid.NewGuid())).ShouldNotBeNull();
        tuning.ShiftOf(1).ShouldBe(-CrySensitivity.MostLearnt + CryTuning.Step);
    }

    [Fact]
    public async Task A_camera_whose_sensitivity_is_off_hears_no_crying()
    {
        await using var room = await Room.OpenAsync();
        using var patched = await room.Home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { crySensitivity = "off" }, Cancel);
        patched.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var wrong = await room.Home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { crySensitivity = "deaf" }, Cancel);
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        room.Hear(await Room.DecodeAsync("cry-1.ogg"));

        var log = room.Server.Services.GetRequiredService<Vigil.Server.Events.EventLog>();
        (await log.ListAsync(room.Home.Id, null, Vigil.Server.Events.EventKind.Cry, false, null, 10, Cancel)).ShouldBeEmpty();
    }

    private static async Task<JsonElement> SayAsync(HttpClient client, string url)
    {
        using var answer = await client.PostAsync(url, null, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    /// <summary>A paused camera, at whose ear the test plays.</summary>
    private sealed class Room(TestServer server, TestHousehold home, CryEar ear) : IAsyncDisposable
    {
        private long samples;

        public TestServer Server => server;

        public TestHousehold Home => home;

        public static async Task<Room> OpenAsync()
        {
            var server = await TestServer.StartAsync();
            var home = await TestHousehold.CreateAsync(server);
            using var added = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", paused = true }, Cancel);
            added.EnsureSuccessStatusCode();
            return new Room(server, home, server.Services.GetRequiredService<CryEars>().Open(1));
        }

        public static async Task<short[]> DecodeAsync(string clip)
        {
            var sound = new List<short>();
            await SoundFile.DecodeAsync(
                Path.Combine(Repository.Root, "testdata/hearing", clip), new SoundFileOptions(), (piece, _) => sound.AddRange(piece), TimeProvider.System, Cancel);
            return [.. sound];
        }

        /// <summary>Seconds played so far.</summary>
        public double Hear(params IReadOnlyList<short[]> sounds)
        {
            var camera = server.Services.GetRequiredService<CameraDirectory>().Find(1)!;
            var all = sounds.SelectMany(s => s).Chunk(SoundBlock.Length).Where(c => c.Length == SoundBlock.Length);
            foreach (var chunk in all)
            {
                var position = TimeSpan.FromSeconds((double)samples / SoundBlock.SampleRate);
                ear.Hear(
                    new SoundBlock { SampleIndex = samples, At = Start + position, Pts = position, AfterGap = false, Samples = chunk },
                    camera,
                    new RoomMoment(Talking: false, Playing: false, Louder: true));
                samples += chunk.Length;
            }

            return (double)samples / SoundBlock.SampleRate;
        }

        /// <summary>Feedback asks for the last minute of the server's own clock.</summary>
        public DateTimeOffset Start { get; } = TimeProvider.System.GetUtcNow();

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
