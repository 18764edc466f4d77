namespace Vigil.Perception.Hearing;

/// <summary>Maximum and mean of five seconds of sound.</summary>
/// <param name="At">When the five seconds began; a whole multiple of five seconds since the epoch.</param>
/// <param name="Max">The largest peak in it.</param>
/// <param name="Mean">The average of its blocks' means.</param>
public readonly record struct LevelPoint(DateTimeOffset At, int Max, int Mean);

/// <summary>Folds block levels into one <see cref="LevelPoint"/> per five seconds for the timeline. Not thread-safe.</summary>
public sealed class LevelHistory
{
    /// <summary>A night of ten hours is 7,200 points: enough to see when it was loud, little enough to keep for months.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private DateTimeOffset window;
    private int blocks;
    private int max;
    private long meanSum;

    /// <summary>
    /// Counts a block heard at <paramref name="at"/>. True with the point before it when a new window begins; sound that comes
    /// with an older time than the current window (a clock was set back) counts into the current one.
    /// </summary>
    public bool Push(DateTimeOffset at, SoundLevel level, out LevelPoint finished)
    {
        var begins = new DateTimeOffset(at.UtcTicks - (at.UtcTicks % Step.Ticks), TimeSpan.Zero);
        // A clock set back by more than a window is a new truth; by less it is jitter.
        var moved = begins > window || window - begins > Step;
        finished = moved && blocks > 0 ? new LevelPoint(window, max, (int)(meanSum / blocks)) : default;
        var complete = moved && blocks > 0;
        if (moved)
        {
            window = begins;
            blocks = 0;
            max = 0;
            meanSum = 0;
        }

        blocks++;
        max = Math.Max(max, level.Peak);
        meanSum += level.Mean;
        return complete;
    }
}
