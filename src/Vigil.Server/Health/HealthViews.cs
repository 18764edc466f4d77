using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Health;

/// <summary>A reading typed in by hand, or sent by a program.</summary>
public sealed record ReadingRequest
{
    /// <summary>°C.</summary>
    [Range(Reading.LeastTemperature, Reading.MostTemperature)]
    public required double Temperature { get; init; }

    /// <summary>Percent.</summary>
    [Range(0, Reading.MostHumidity)]
    public required double Humidity { get; init; }

    [MaxLength(Reading.MostNotes)]
    public string? Notes { get; init; }

    /// <summary>The room; a device's is its own whatever stands here.</summary>
    public int? CameraId { get; init; }
}

/// <summary>A reading as the household sees it.</summary>
public sealed record ReadingView
{
    public required long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required double Temperature { get; init; }

    public required double Humidity { get; init; }

    public required string? Notes { get; init; }

    public required int? CameraId { get; init; }

    public required bool Cry { get; init; }

    public required bool Fever { get; init; }

    /// <summary>May be ill: check, and call your doctor.</summary>
    public required bool Sick { get; init; }

    public static ReadingView Of(Reading reading) => new()
    {
        Id = reading.Id,
        At = reading.CreatedAt,
        Temperature = reading.Temperature,
        Humidity = reading.Humidity,
        Notes = reading.Notes,
        CameraId = reading.CameraId,
        Cry = reading.Cry,
        Fever = reading.Fever,
        Sick = reading.Sick,
    };
}

/// <summary>What the health page draws.</summary>
public sealed record HealthView
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Oldest first, without empty ones.</summary>
    public required IReadOnlyList<ReadingBucket> Points { get; init; }

    /// <summary>Crying that cameras heard, newest first.</summary>
    public required IReadOnlyList<HeardCrying> Heard { get; init; }

    /// <summary>The newest reading of all.</summary>
    public required ReadingView? Latest { get; init; }

    /// <summary>What to do about it; null when it says nothing.</summary>
    public required string? Advice { get; init; }
}

/// <summary>A camera's crying event.</summary>
public sealed record HeardCrying
{
    public required Guid EventId { get; init; }

    public required int CameraId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it goes on.</summary>
    public required DateTimeOffset? EndedAt { get; init; }
}

/// <summary>What parents set about readings.</summary>
public sealed record HealthSettingsRequest
{
    public required SickRule SickRule { get; init; }

    /// <summary>°C; this and above is a high temperature.</summary>
    [Range(35, 42)]
    public required double FeverAt { get; init; }

    /// <summary>Of the child.</summary>
    public DateOnly? BornOn { get; init; }

    public bool AgeHints { get; init; }
}

public sealed record HealthSettingsView
{
    public required SickRule SickRule { get; init; }

    public required double FeverAt { get; init; }

    public required DateOnly? BornOn { get; init; }

    public required bool AgeHints { get; init; }

    /// <summary>Where the hints for the first three months are from.</summary>
    public required string AgeHintSource { get; init; }

    /// <summary>Rooms with limits.</summary>
    public required IReadOnlyList<RoomLimit> Rooms { get; init; }
}

/// <summary>A room's limits; null: none.</summary>
public sealed record RoomLimitRequest
{
    [Range(Reading.LeastTemperature, Reading.MostTemperature)]
    public double? TooCold { get; init; }

    [Range(Reading.LeastTemperature, Reading.MostTemperature)]
    public double? TooHot { get; init; }

    [Range(0, Reading.MostHumidity)]
    public double? TooHumid { get; init; }
}
