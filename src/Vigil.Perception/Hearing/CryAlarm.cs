namespace Vigil.Perception.Hearing;

/// <summary>What <see cref="CryAlarm"/> decided on a window.</summary>
public enum CryStep
{
    None,

    /// <summary>Crying is confirmed.</summary>
    Began,

    /// <summary>It goes on.</summary>
    Grew,

    /// <summary>It has been calm for <see cref="CryAlarm.Calm"/>.</summary>
    Ended,
}

/// <summary>
/// When scores are an alarm. Crying begins when the mean of three neighbouring windows reaches the threshold and stands out of the room; it
/// goes on while that mean is above the lower threshold, and ends after <see cref="Calm"/> below it. Pure: time comes with the windows.
/// </summary>
public sealed class CryAlarm
{
    /// <summary>Windows that confirm one another: three seconds of sound.</summary>
    public const int Confirm = 3;

    /// <summary>A baby that draws breath for this long has not stopped.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    /// <summary>How often a lasting alarm is told again by <see cref="Firings"/>.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(15);

    /// <summary>How far below the threshold (on the logit scale) crying still goes on.</summary>
    private const float Hysteresis = 1;

    private readonly float[] last = new float[Confirm];
    private readonly RoomNoise room = new();
    private int heard;
    private TimeSpan cryingTo;
    private TimeSpan outstandingTo = TimeSpan.MinValue;

    public bool Crying { get; private set; }

    /// <summary>First moment of the crying that began last.</summary>
    public TimeSpan From { get; private set; }

    /// <summary>Until when it was heard.</summary>
    public TimeSpan To => cryingTo;

    /// <summary>The greatest mean since it began.</summary>
    public float Score { get; private set; }

    /// <summary>The mean of the newest three windows.</summary>
    public float Mean { get; private set; }

    /// <summary>The last window was above the threshold and stood out.</summary>
    public bool Firing { get; private set; }

    public float? RoomDbfs => room.Floor;

    public CryStep Hear(in CryWindow window, float threshold)
    {
        last[heard++ % Confirm] = window.Score;
        Mean = heard < Confirm ? 0 : (last[0] + last[1] + last[2]) / Confirm;
        var low = Shift(threshold, -Hysteresis);
        if (room.StandsOut(window.Level, mayBeCrying: Math.Max(Mean, window.Score) >= low))
        {
            outstandingTo = window.End + TimeSpan.FromSeconds(1);
        }

        var standsOut = window.End <= outstandingTo;
        Firing = Mean >= threshold && standsOut;
        if (Firing || (Crying && Mean >= low && standsOut))
        {
            cryingTo = window.End;
        }

        if (!Crying)
        {
            if (!Firing)
            {
                return CryStep.None;
            }

            // The three windows reach back three seconds; the cry is hardly older than the middle of the first.
            (Crying, From, Score) = (true, window.End - TimeSpan.FromSeconds(2), Mean);
            return CryStep.Began;
        }

        Score = Math.Max(Score, Mean);
        if (window.End - cryingTo < Calm)
        {
            return CryStep.Grew;
        }

        Crying = false;
        return CryStep.Ended;
    }

    /// <summary>Sound is missing: what was heard before confirms nothing after. True when crying broke off with it.</summary>
    public bool Break()
    {
        var was = Crying;
        (Crying, heard, Mean, Firing) = (false, 0, 0, false);
        outstandingTo = TimeSpan.MinValue;
        return was;
    }

    /// <summary>A probability moved by <paramref name="by"/> on the logit scale, where equal steps mean equal evidence.</summary>
    public static float Shift(float probability, float by) => 1 / (1 + ((1 - probability) / probability * MathF.Exp(-by)));
}

/// <summary>The alarms of a recording as a log of firings: at once, and again every fifteen seconds while it lasts.</summary>
public sealed class Firings
{
    private TimeSpan? lastAt;

    /// <summary>Whether <paramref name="alarm"/>, having just heard a window that ends at <paramref name="now"/>, fires.</summary>
    public bool Fires(CryAlarm alarm, TimeSpan now)
    {
        if (!alarm.Crying)
        {
            lastAt = null;
        }

        if (!alarm.Firing || now - lastAt < CryAlarm.Again)
        {
            return false;
        }

        lastAt = now;
        return true;
    }
}
