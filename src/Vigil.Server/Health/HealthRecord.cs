using System.Text.Json.Serialization;

namespace Vigil.Server.Health;

/// <summary>A reading as the health contract shows it.</summary>
public sealed record HealthRecord
{
    [JsonPropertyName("id")]
    public required long Id { get; init; }

    [JsonPropertyName("user_id")]
    public required long UserId { get; init; }

    [JsonPropertyName("temperature")]
    public required double Temperature { get; init; }

    [JsonPropertyName("humidity")]
    public required double Humidity { get; init; }

    [JsonPropertyName("audio_url")]
    public required string? AudioUrl { get; init; }

    [JsonPropertyName("cry_detected")]
    public required bool CryDetected { get; init; }

    [JsonPropertyName("sick_detected")]
    public required bool SickDetected { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("notes")]
    public required string? Notes { get; init; }

    public static HealthRecord Of(Reading reading) => new()
    {
        Id = reading.Id,
        UserId = reading.AccountId,
        Temperature = reading.Temperature,
        Humidity = reading.Humidity,
        AudioUrl = reading.AudioFile is { } file ? "uploads/" + file : null,
        CryDetected = reading.Cry,
        SickDetected = reading.Sick,
        CreatedAt = reading.CreatedAt,
        Notes = reading.Notes,
    };
}

public sealed record HealthStats
{
    [JsonPropertyName("total_records")]
    public required long TotalRecords { get; init; }

    [JsonPropertyName("cry_detected_count")]
    public required long CryDetectedCount { get; init; }

    [JsonPropertyName("sick_detected_count")]
    public required long SickDetectedCount { get; init; }

    [JsonPropertyName("avg_temperature")]
    public required double AvgTemperature { get; init; }

    [JsonPropertyName("avg_humidity")]
    public required double AvgHumidity { get; init; }

    [JsonPropertyName("latest_record")]
    public required HealthRecord? LatestRecord { get; init; }
}

public sealed record HealthTimeseries
{
    [JsonPropertyName("data")]
    public required IReadOnlyList<HealthBucket> Data { get; init; }
}

public sealed record HealthBucket
{
    [JsonPropertyName("time")]
    public required DateTimeOffset Time { get; init; }

    [JsonPropertyName("avg_temperature")]
    public required double AvgTemperature { get; init; }

    [JsonPropertyName("avg_humidity")]
    public required double AvgHumidity { get; init; }

    [JsonPropertyName("record_count")]
    public required long RecordCount { get; init; }

    [JsonPropertyName("cry_count")]
    public required long CryCount { get; init; }

    [JsonPropertyName("sick_count")]
    public required long SickCount { get; init; }
}
