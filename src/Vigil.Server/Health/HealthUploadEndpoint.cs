using System.Text.Json.Nodes;
using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>`POST /health/upload` of the health contract: a reading, with sound or without, by a person or by a device's key.</summary>
internal static partial class HealthUploadEndpoint
{
    private const string Formats = "Unsupported audio format. Allowed: WAV, MP3, M4A, OGG, FLAC";

    /// <summary>By account and room: 250 MB of sound an hour, in pieces of 100 kB. A ten-second WAV every ten seconds is 115 MB.</summary>
    private const int MostSoundAnHour = 2500;
    private const int SoundUnit = 100_000;

    public static void Map(RouteGroupBuilder health) => health.MapPost("/upload", Upload).AcceptDeviceKey().DisableAntiforgery()
        .Produces<HealthRecord>(StatusCodes.Status201Created)
        .WithSummary("Store a reading")
        .WithDescription(
            "A form: temperature (-10 to 50 °C) and humidity (0 to 100 %), both required; notes (at most 500 characters); audio (WAV, MP3, M4A, OGG or FLAC, told by its "
            + "content, at most 25 MB). The answer says whether somebody cries in the sound; of a clip longer than a minute, in its first minute.");

    private static async Task<IResult> Upload(
        HttpContext http, UploadedClips clips, ReadingDesk desk, HealthSettings settings, RateLimits limits, ILogger<UploadedClips> log, CancellationToken cancel)
    {
        if (await AuthorAsync(http, settings, cancel) is not { } author)
        {
            return Detail(StatusCodes.Status403Forbidden, "This key is not for readings");
        }

        using var form = await UploadForm.ReadAsync(http.Request, clips, cancel);
        var temperature = form.Fields.Float("temperature");
        var humidity = form.Fields.Float("humidity");
        if (form.Fields.HasFaults)
        {
            return form.Fields.Unprocessable();
        }

        if (Reading.Refuse(temperature, humidity, form.Notes) is { } refusal)
        {
            return Detail(StatusCodes.Status400BadRequest, refusal);
        }

        if (form.AudioTooLarge)
        {
            return Detail(StatusCodes.Status413PayloadTooLarge, "The audio file is larger than 25 MB");
        }

        var reading = author with { CreatedAt = desk.Now(), Temperature = temperature, Humidity = humidity, Notes = form.Notes };
        if (form.AudioPath is not { } path)
        {
            return Made(await desk.AddAsync(reading, cancel));
        }

        if (form.AudioFormat is not { } format)
        {
            return Detail(StatusCodes.Status400BadRequest, Formats);
        }

        var weight = (int)Math.Max(1, new FileInfo(path).Length / SoundUnit);
        if (!limits.TryTake("health sound", $"{reading.AccountId}/{reading.CameraId}", MostSoundAnHour, TimeSpan.FromHours(1), weight))
        {
            return Detail(StatusCodes.Status429TooManyRequests, "Too much sound for one hour; readings without sound are welcome");
        }

        ClipHearing hearing;
        try
        {
            hearing = await clips.HearAsync(path, format, cancel);
        }
        catch (InvalidDataException reason)
        {
            return Detail(StatusCodes.Status400BadRequest, reason.Message);
        }

        var file = clips.Keep(path, reading.AccountId, reading.CreatedAt, format);
        Reading stored;
        try
        {
            stored = await desk.AddAsync(reading with { AudioFile = file, CryScore = hearing.Answer.Score, Cry = hearing.Answer.Cry }, cancel);
        }
        catch
        {
            UploadedClips.Discard(clips.PathOf(file));
            throw;
        }

        _ = FinishAsync(stored, hearing.Rest, desk, log);
        return Made(stored);
    }

    /// <summary>Whose reading it will be; null: a device without the scope.</summary>
    internal static async Task<Reading?> AuthorAsync(HttpContext http, HealthSettings settings, CancellationToken cancel)
    {
        if (CurrentMember.Of(http) is { } member)
        {
            return new Reading { HouseholdId = member.HouseholdId, AccountId = member.AccountId };
        }

        return CurrentDevice.Of(http) is { } device && device.Scopes.Contains(DeviceScope.Health) && await settings.OwnerAsync(device.HouseholdId, cancel) is { } owner
            ? new Reading { HouseholdId = device.HouseholdId, AccountId = owner, CameraId = device.CameraId }
            : null;
    }

    /// <summary>After the answer: crying that comes later in a long clip.</summary>
    private static async Task FinishAsync(Reading stored, Task<ClipHeard?> rest, ReadingDesk desk, ILogger log)
    {
        if (await rest is not { Cry: true } heard || stored.Cry)
        {
            return;
        }

        try
        {
            await desk.NowCriesAsync(stored, heard.Score, CancellationToken.None);
        }
        catch (Exception failure) when (failure is NpgsqlException or DatabaseAwayException or TimeoutException or ObjectDisposedException)
        {
            LogNotFinished(log, failure.GetType().Name);
        }
    }

    private static IResult Made(Reading reading) => Results.Json(HealthRecord.Of(reading), statusCode: StatusCodes.Status201Created);

    private static IResult Detail(int status, string detail) => Results.Json(new JsonObject { ["detail"] = detail }, statusCode: status);

    [LoggerMessage(EventId = 1602, Level = LogLevel.Warning, Message = "The rest of a long clip has crying in it, and that could not be stored ({Failure}).")]
    private static partial void LogNotFinished(ILogger logger, string failure);
}
