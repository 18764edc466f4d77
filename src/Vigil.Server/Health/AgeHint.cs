namespace Vigil.Server.Health;

/// <summary>
/// What a high temperature means in the first three months. NICE guideline NG143, "Fever in under 5s: assessment and initial management",
/// table 1: below three months of age, 38 °C or higher alone puts a child into the high-risk group. No diagnosis; off until parents turn it on.
/// </summary>
internal static class AgeHint
{
    public const string Source = "NICE guideline NG143, Fever in under 5s, table 1 (traffic light system)";
    public const string Usual = "Check, and call your doctor.";

    /// <summary>°C, of the source.</summary>
    private const double YoungFever = 38;

    private const string Young = "Below three months, 38 °C or more always needs a doctor at once, also when the child seems well.";
    private const string YoungBelow = "Below three months, measure again soon: from 38 °C on a doctor is needed at once, also when the child seems well.";

    /// <summary>What to do about this reading, for a parent.</summary>
    public static string Advice(HealthRules rules, Reading reading) =>
        !AppliesTo(reading, rules) ? Usual : reading.Temperature >= YoungFever ? $"{Usual} {Young}" : $"{Usual} {YoungBelow}";

    /// <summary>A high temperature in the first three months: what the household calls so, and what the source does, also when the household's limit is higher.</summary>
    public static bool AppliesTo(Reading reading, HealthRules rules) =>
        (reading.Fever || reading.Temperature >= YoungFever) && IsYoung(rules, DateOnly.FromDateTime(reading.CreatedAt.UtcDateTime));

    /// <summary>In the first three months, as far as parents have said and want to be told.</summary>
    private static bool IsYoung(HealthRules rules, DateOnly day) => rules is { AgeHints: true, BornOn: { } born } && day >= born && day < born.AddMonths(3);
}
