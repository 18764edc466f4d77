namespace Vigil.Server.Health;

/// <summary>What somebody or something measured, with what was heard meanwhile.</summary>
public sealed record Reading
{
    public const double LeastTemperature = -10;
    public const double MostTemperature = 50;
    public const double MostHumidity = 100;
    public const int MostNotes = 500;

    public long Id { get; init; }

    /// <summary>Whole milliseconds, as it is told.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public long HouseholdId { get; init; }

    public long AccountId { get; init; }

    /// <summary>The room; null: nobody said.</summary>
    public int? CameraId { get; init; }

    /// <summary>°C.</summary>
    public double Temperature { get; init; }

    /// <summary>Percent.</summary>
    public double Humidity { get; init; }

    public string? Notes { get; init; }

    /// <summary>Name of the file with its sound.</summary>
    public string? AudioFile { get; init; }

    /// <summary>How sure the network is that somebody cries, 0 to 1; null without sound.</summary>
    public float? CryScore { get; init; }

    public bool Cry { get; init; }

    public bool Fever { get; init; }

    public bool Sick { get; init; }

    /// <summary>Why these values cannot be a reading, in words; null when they can.</summary>
    public static string? Refuse(double temperature, double humidity, string? notes) =>
        temperature is not (>= LeastTemperature and <= MostTemperature) ? "Temperature must be between -10 and 50"
        : humidity is not (>= 0 and <= MostHumidity) ? "Humidity must be between 0 and 100"
        : notes?.Length > MostNotes ? "Notes must be at most 500 characters"
        : null;
}
