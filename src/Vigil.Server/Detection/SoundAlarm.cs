namespace Vigil.Server.Detection;

/// <summary>What <see cref="SoundAlarm"/> decided on a block.</summary>
public enum AlarmStep
{
    /// <summary>Nothing to tell.</summary>
    None,

    /// <summary>A RED block while nothing was being recorded: a noise has begun.</summary>
    Began,

    /// <summary>The noise goes on; <see cref="SoundAlarm.Noise"/> has grown.</summary>
    Grew,

    /// <summary>The noise is over, or its clip is as long as it may be.</summary>
    Ended,
}

/// <summary>One noise, from the first RED block to the end of its recording.</summary>
public readonly record struct Noise(DateTimeOffset From, DateTimeOffset To, int Peak);

/// <summary>
/// When a recording starts and stops. RED starts one; YELLOW never does but keeps one alive. It stops at its greatest length, or
/// after its least length once the sound has been under yellow for the quiet time without a break. A room that is still RED at the
/// greatest length begins the next recording with that very block, so there is no gap (and the merger makes one event of the two).
/// Durations are measured on the media timeline, so neither a clock change nor a late delivery bends them. Pure: no clock.
/// </summary>
public sealed class SoundAlarm
{
    private TimeSpan startedAt;
    private TimeSpan lastNoiseAt;
    private bool recording;

    /// <summary>The noise of the last step that was not <see cref="AlarmStep.None"/>.</summary>
    public Noise Noise { get; private set; }

    public bool Recording => recording;

    public AlarmStep Hear(in HeardBlock block, SoundSettings settings)
    {
        var level = settings.LevelOf(block.Peak);
        if (!recording)
        {
            return level == AlertLevel.Red ? Begin(block) : AlarmStep.None;
        }

        // A block that comes after a gap: what was quiet until the gap is over, whatever the block says.
        if (level != AlertLevel.None && block.Position - lastNoiseAt < settings.Quiet)
        {
            lastNoiseAt = block.End;
        }

        Noise = Noise with { To = block.At + block.Length, Peak = Math.Max(Noise.Peak, block.Peak) };
        var length = block.End - startedAt;
        var quiet = block.End - lastNoiseAt;
        if (length >= settings.MaxClip || (length >= settings.MinClip && quiet >= settings.Quiet))
        {
            recording = false;
            return AlarmStep.Ended;
        }

        return AlarmStep.Grew;
    }

    /// <summary>The sound broke off (camera lost, paused, monitoring stopped).</summary>
    public AlarmStep BreakOff()
    {
        if (!recording)
        {
            return AlarmStep.None;
        }

        recording = false;
        return AlarmStep.Ended;
    }

    private AlarmStep Begin(in HeardBlock block)
    {
        recording = true;
        startedAt = block.Position;
        lastNoiseAt = block.End;
        Noise = new Noise(block.At, block.At + block.Length, block.Peak);
        return AlarmStep.Began;
    }
}
