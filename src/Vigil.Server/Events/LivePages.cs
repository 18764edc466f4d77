using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>
/// Tells all open pages what is happening. Only what a member may see reaches their page. Nothing here waits for a page, and nothing
/// needs the database.
/// </summary>
public sealed class LivePages(
    CameraDirectory directory, CameraFeeds feeds, DeviceKeys devices, RoomPresence rooms, CameraAccess access, EventAccess events, EventLog log,
    DatabaseState database, Pulses pulses, TimeProvider time, IOptions<JsonOptions> json) : BackgroundService
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<LivePage, bool> pages = new();

    /// <summary>Pages open now.</summary>
    public int Count => pages.Count;

    /// <summary>How many people they belong to.</summary>
    public int People => pages.Keys.Select(page => page.Member.AccountId).Distinct().Count();

    /// <summary>Every level that was told to the pages open here.</summary>
    public Broadcast<LevelMove> Moved { get; } = new();

    /// <summary>The loudness of a camera, about four times a second.</summary>
    public void Level(Camera camera, int peak, EventLevel? level, DateTimeOffset at)
    {
        Moved.Send(new LevelMove(camera.Id, peak, level, at));
        ReadOnlyMemory<byte>? message = null;
        foreach (var page in Watching(camera))
        {
            message ??= Encode(new
            {
                type = "level",
                cameraId = camera.Id,
                peak,
                level = level switch { EventLevel.Red => "red", EventLevel.Yellow => "yellow", _ => "none" },
                at,
            });
            page.Queue.Level(camera.Id, message.Value);
        }
    }

    internal ReadOnlyMemory<byte> Encode<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, json.Value.SerializerOptions);

    /// <summary>Adds a page and gives it everything it needs to begin with.</summary>
    internal void Enter(LivePage page)
    {
        pages[page] = true;
        var member = page.Member;
        page.Queue.Notice(Encode(new { type = "hello", serverTime = time.GetUtcNow(), accountId = member.AccountId, householdId = member.HouseholdId }));
        page.Queue.Notice(Encode(new { type = "database", available = database.IsAvailable }));
        foreach (var camera in access.Visible(member))
        {
            page.Queue.State(camera.Id, Encode(new { type = "camera", status = feeds.StatusOf(camera) }));
            if (rooms.Of(camera.Id) is { } room)
            {
                page.Queue.Room(camera.Id, Encode(new { type = "room", cameraId = camera.Id, room }));
            }
        }
    }

    internal void Leave(LivePage page) => pages.TryRemove(page, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Loops.RunAsync(stoppingToken, PassStatusOnAsync, PassRoomsOnAsync, PassEventsOnAsync, PassListsOnAsync, PassDatabaseOnAsync);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task PassStatusOnAsync(CancellationToken cancel)
    {
        using var changes = feeds.StatusChanged.Listen(capacity: 512);
        using var pulse = pulses.Register("state of cameras on pages", LongestSilence);
        await foreach (var status in pulse.ReadAllAsync(changes.Items, cancel))
        {
            if (directory.Find(status.CameraId) is { } camera)
            {
                var message = Encode(new { type = "camera", status });
                foreach (var page in Watching(camera))
                {
                    page.Queue.State(camera.Id, message);
                }
            }
        }
    }

    private async Task PassRoomsOnAsync(CancellationToken cancel)
    {
        using var changes = devices.Changed.Listen(capacity: 512);
        using var pulse = pulses.Register("state of rooms on pages", LongestSilence);
        await foreach (var cameraId in pulse.ReadAllAsync(changes.Items, cancel))
        {
            if (directory.Find(cameraId) is { } camera)
            {
                var message = Encode(new { type = "room", cameraId, room = rooms.Of(cameraId) });
                foreach (var page in Watching(camera))
                {
                    page.Queue.Room(cameraId, message);
                }
            }
        }
    }

    private async Task PassEventsOnAsync(CancellationToken cancel)
    {
        using var changes = log.Changed.Listen(capacity: 1024);
        using var pulse = pulses.Register("events on pages", LongestSilence);
        await foreach (var e in pulse.ReadAllAsync(changes.Items, cancel))
        {
            var view = EventView.Of(e, directory.Find(e.CameraId ?? 0)?.Name ?? "");
            var message = Encode(new { type = "event", @event = view });
            foreach (var page in pages.Keys)
            {
                if (events.MaySee(page.Member, e))
                {
                    page.Queue.Notice(message);
                }
                else if (page.Elsewhere.FirstOrDefault(other => events.MaySee(other, e)) is { } other)
                {
                    page.Queue.Notice(Encode(new { type = "event", @event = view, household = new { id = other.HouseholdId, name = other.HouseholdName } }));
                }
            }
        }
    }

    private async Task PassListsOnAsync(CancellationToken cancel)
    {
        using var changes = directory.Changed.Listen(capacity: 64);
        using var pulse = pulses.Register("list of cameras on pages", LongestSilence);
        var message = Encode(new { type = "cameras" });
        await foreach (var household in pulse.ReadAllAsync(changes.Items, cancel))
        {
            foreach (var page in pages.Keys.Where(p => p.Member.HouseholdId == household))
            {
                page.Queue.Notice(message);
            }
        }
    }

    private async Task PassDatabaseOnAsync(CancellationToken cancel)
    {
        using var pulse = pulses.Register("state of the database on pages", LongestSilence);
        while (true)
        {
            pulse.Beat();
            var available = database.IsAvailable;
            var message = Encode(new { type = "database", available });
            foreach (var page in pages.Keys)
            {
                page.Queue.Notice(message);
            }

            pulse.Rest(); // All there is to do is done.
            await database.WaitForAsync(!available, cancel);
        }
    }

    private IEnumerable<LivePage> Watching(Camera camera) =>
        pages.Keys.Where(p => p.Member.HouseholdId == camera.HouseholdId && access.Check(p.Member, camera.Id, CameraNeed.View) == CameraAnswer.Allowed);
}

/// <summary>One open page: who looks at it, what waits to be sent to it, and who they are in the households that it does not show.</summary>
internal sealed record LivePage(CurrentMember Member, PageQueue Queue, IReadOnlyList<CurrentMember> Elsewhere)
{
    public bool Equals(LivePage? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
