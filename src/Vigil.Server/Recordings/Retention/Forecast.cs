namespace Vigil.Server.Recordings.Retention;

/// <summary>How a camera fills the disk.</summary>
/// <param name="Bytes">What it has there now.</param>
/// <param name="BytesPerDay">What it wrote on an average day of late.</param>
/// <param name="KeptFor">Null: for ever.</param>
public readonly record struct CameraRate(long Bytes, double BytesPerDay, TimeSpan? KeptFor);

/// <summary>How long the room lasts. Pure.</summary>
public static class Forecast
{
    private const double Horizon = 3650;

    /// <summary>
    /// Days until footage has to go before its time, at this rate; null: all of it can stay as long as it shall. Each camera grows until it
    /// has as much as it is kept for, then as much goes as comes.
    /// </summary>
    /// <param name="cameras">All that write to the disk.</param>
    /// <param name="room">Free bytes that may be used up.</param>
    public static double? DaysLeft(IReadOnlyCollection<CameraRate> cameras, long room)
    {
        var growing = cameras.Where(c => c.BytesPerDay > 0)
            .Select(c => (c.BytesPerDay, Until: c.KeptFor is { } kept ? Math.Max(0, kept.TotalDays - (c.Bytes / c.BytesPerDay)) : Horizon))
            .OrderBy(c => c.Until).ToList();
        var (day, left, rate) = (0.0, (double)Math.Max(0, room), growing.Sum(c => c.BytesPerDay));
        foreach (var (perDay, until) in growing)
        {
            var grown = rate * (until - day);
            if (grown > left)
            {
                return day + (left / rate);
            }

            (day, left, rate) = (until, left - grown, rate - perDay);
        }

        return null;
    }

    /// <summary>"11 days left at this rate".</summary>
    public static string Words(double? daysLeft, double bytesPerDay) => daysLeft switch
    {
        _ when bytesPerDay <= 0 => "Nothing was recorded lately.",
        null => "At this rate there is room for everything as long as it shall be kept.",
        < 1 => "Less than a day left at this rate; then the oldest footage goes before its time.",
        < 2 => "One day left at this rate; then the oldest footage goes before its time.",
        { } days => FormattableString.Invariant($"{(int)days} days left at this rate; then the oldest footage goes before its time."),
    };
}
