namespace Vigil.Server.Detection;

/// <summary>How loud, against the two thresholds of the camera.</summary>
public enum AlertLevel
{
    None,
    Yellow,
    Red,
}

/// <summary>What a parent set for one camera's ear; the defaults are those of the contract.</summary>
public sealed record SoundSettings
{
    public int Yellow { get; init; } = 1000;

    public int Red { get; init; } = 5000;

    public TimeSpan Broadcast { get; init; } = TimeSpan.FromSeconds(0.5);

    public TimeSpan MinClip { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxClip { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The level of <paramref name="peak"/>, which is on the int16 scale.</summary>
    public AlertLevel LevelOf(int peak) => peak >= Red ? AlertLevel.Red : peak >= Yellow ? AlertLevel.Yellow : AlertLevel.None;
}

/// <summary>One block of sound, measured. <paramref name="Position"/> is on the media timeline, which never steps back.</summary>
public readonly record struct HeardBlock(TimeSpan Position, TimeSpan Length, DateTimeOffset At, int Peak)
{
    public TimeSpan End => Position + Length;
}
