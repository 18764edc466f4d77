namespace Vigil.Server.Health;

/// <summary>When a reading says that the child may be ill. Never a diagnosis: a reason to look, and to call a doctor.</summary>
public enum SickRule
{
    /// <summary>A high temperature, and the child cries.</summary>
    CryingAndTemperature,

    /// <summary>A high temperature alone.</summary>
    TemperatureOnly,
}

/// <summary>A household's rules; pure.</summary>
public sealed record HealthRules
{
    public static readonly HealthRules Usual = new();

    public SickRule SickRule { get; init; } = SickRule.CryingAndTemperature;

    /// <summary>°C; this and above is a high temperature.</summary>
    public double FeverAt { get; init; } = 38.0;

    /// <summary>Of the child; null: nobody said.</summary>
    public DateOnly? BornOn { get; init; }

    /// <summary>Tell parents what a high temperature means in the first three months.</summary>
    public bool AgeHints { get; init; }

    /// <summary>The reading as these rules see it.</summary>
    public Reading Judge(Reading reading)
    {
        var fever = reading.Temperature >= FeverAt;
        return reading with { Fever = fever, Sick = fever && (reading.Cry || SickRule == SickRule.TemperatureOnly) };
    }
}
