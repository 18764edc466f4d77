using System.Text.Json.Serialization;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>By which way somebody watches.</summary>
public enum WatchRoad
{
    /// <summary>JPEG pictures in an image.</summary>
    Mjpeg,

    /// <summary>One WebSocket with fragments.</summary>
    Mse,

    /// <summary>Playlists.</summary>
    Hls,

    WebRtc,
}

/// <summary>How somebody watches, and with what.</summary>
public sealed record WatchVia(WatchRoad Road, LiveQuality Quality, string? Client, string? Address)
{
    private const int LongestClient = 400;

    public static WatchVia Of(HttpContext http, WatchRoad road, LiveQuality quality) => new(
        road, quality, http.Request.Headers.UserAgent.ToString() is { Length: > 0 } client ? StoredText.Cut(client, LongestClient) : null,
        ClientAddress.Of(http).ToString());
}

/// <summary>One person's look at one camera.</summary>
public sealed record StreamSession
{
    public Guid Id { get; init; }

    [JsonIgnore]
    public long HouseholdId { get; init; }

    public int CameraId { get; init; }

    [JsonIgnore]
    public long? AccountId { get; init; }

    /// <summary>The name, kept when the account goes.</summary>
    public string Viewer { get; init; } = "";

    public WatchRoad Road { get; init; }

    public LiveQuality Quality { get; init; }

    /// <summary>The browser's or program's own words.</summary>
    public string? Client { get; init; }

    public string? Address { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public static StreamSession Begin(int cameraId, CurrentMember member, WatchVia via, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        HouseholdId = member.HouseholdId,
        CameraId = cameraId,
        AccountId = member.AccountId,
        Viewer = Watchers.NameOf(member),
        Road = via.Road,
        Quality = via.Quality,
        Client = via.Client,
        Address = via.Address,
        StartedAt = now,
    };
}
