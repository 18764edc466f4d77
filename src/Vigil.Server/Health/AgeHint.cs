namespace Vigil.Server.Health;

/// <summary>
/// What a high temperature means in the first three months. NICE guideline NG143, "Fever in under 5s: assessment and initial management",
/// table 1: below three months of age, 38 °C or higher alone puts a child into the high-risk group. No diagnosis; off until parents turn it on.
/// </summary>
internal static class AgeHint
{
    public const string Source = "NICE guideline NG143, Fever in under 5s, table 1 (traffic light system)";
    public const string Usual = "Check, and call your doctor.";
    private const string Young = "Below three months, 38 °C or more always needs a doctor at once, also when the child seems well.";

    /// <summary>What to do about this reading, for a parent. A high temperature is what the household says it is.</summary>
    public static string Advice(HealthRules rules, Reading reading) =>
        reading.Fever && IsYoung(rules, DateOnly.FromDateTime(reading.CreatedAt.UtcDateTime)) ? $"{Usual} {Young}" : Usual;

    /// <summary>In the first three months, as far as parents have said and want to be told.</summary>
    public static bool IsYoung(HealthRules rules, DateOnly day) => rules is { AgeHints: true, BornOn: { } born } && day >= born && day < born.AddMonths(3);
}
