namespace Vigil.Media.WebRtc;

/// <summary>How long a player shall keep a picture before it shows it. Pure: told which packets were lost, and the time.</summary>
internal sealed class PlayoutChoice
{
    /// <summary>A line that loses nothing for so long is a good one again.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(30);

    /// <summary>Up to half a second Chromium shows a picture as soon as it is decoded; a longer most leaves it to the player.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan PlayersChoice = TimeSpan.FromSeconds(10);

    /// <summary>Until the next picture tells of the loss, and two questions over a home's Wi-Fi: one of them may be lost as well.</summary>
    public static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(160);

    /// <summary>A bucket that drains by two packets a second; when it is full, the line loses for good and not by accident.</summary>
    private const double DrainsPerSecond = 2;
    private const double Rough = 20;

    private TimeSpan lostAt = -Calm;
    private TimeSpan roughAt = -Calm;
    private double level;

    /// <summary>The viewer asked for packets again.</summary>
    public void Lost(int packets, TimeSpan now)
    {
        level = Math.Min(2 * Rough, Math.Max(0, level - ((now - lostAt).TotalSeconds * DrainsPerSecond)) + packets);
        lostAt = now;
        roughAt = level >= Rough ? now : roughAt;
    }

    /// <summary>Shown as it comes while nothing is lost; as the player thinks right after a loss; with a reserve where it goes on.</summary>
    public (TimeSpan Least, TimeSpan Most) At(TimeSpan now) =>
        now - lostAt >= Calm ? (TimeSpan.Zero, AtOnce)
        : now - roughAt >= Calm ? (TimeSpan.Zero, PlayersChoice)
        : (Reserve, PlayersChoice);
}
