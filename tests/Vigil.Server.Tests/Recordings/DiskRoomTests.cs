using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.Recording;
using Vigil.Server.Events;
using Vigil.Server.Recordings;

namespace Vigil.Server.Tests.Recordings;

public sealed class DiskRoomTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Only_as_much_goes_as_is_needed()
    {
        var segments = Enumerable.Range(0, 10).Select(i => Segment(i, 100)).ToList();

        RoomPlan.Choose(free: 750, wanted: 1000, segments).ShouldBe(segments[..3]);
        RoomPlan.Choose(free: 1000, wanted: 1000, segments).ShouldBeEmpty();
        RoomPlan.Choose(free: 0, wanted: 1_000_000, segments).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Footage_of_an_event_goes_last_and_what_is_being_written_never()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var table = server.Services.GetRequiredService<SegmentTable>();
        await table.PutAsync([Segment(0, 10), Segment(1, 10), Segment(2, 10), Segment(3, 10) with { Ended = SegmentEnd.Open }], Cancel);
        await server.Services.GetRequiredService<EventTable>().FileAsync(
            [
                new CameraEvent
                {
                    Id = Guid.CreateVersion7(Night),
                    HouseholdId = home.Id,
                    CameraId = 1,
                    Kind = EventKind.Sound,
                    StartedAt = Night.AddSeconds(20),
                    Until = Night.AddSeconds(25),
                    ClipFrom = Night.AddSeconds(15),
                    ClipTo = Night.AddSeconds(30),
                },
            ],
            Cancel);

        var order = await table.OldestAsync(10, Night.AddHours(1), Cancel);

        order.ShouldBe([Segment(1, 10), Segment(2, 10), Segment(0, 10)]);
    }

    [Theory]
    [InlineData("Crib / 1", "Europe/Zagreb", "Crib___1_20261121_040000.mp4")]
    [InlineData("../../etc", "UTC", "______etc_20261121_030000.mp4")]
    [InlineData(null, "Nowhere/Land", "camera_20261121_030000.mp4")]
    public void A_saved_clip_has_a_harmless_name(string? camera, string zone, string name) => ClipEndpoints.FileName(camera, Night, zone).ShouldBe(name);

    private static SegmentRecord Segment(int minute, long bytes) => new()
    {
        CameraId = 1,
        Path = $"1/2026-11-21/0300{minute:00}_000.mp4",
        Start = Night.AddMinutes(minute),
        End = Night.AddMinutes(minute + 1),
        Bytes = bytes,
        Ended = SegmentEnd.Continued,
        VideoCodec = "avc1.64001f",
    };
}
