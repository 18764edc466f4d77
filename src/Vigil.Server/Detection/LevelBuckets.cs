namespace Vigil.Server.Detection;

/// <summary>One row of the level history: five seconds of one camera.</summary>
public readonly record struct LevelPoint(DateTimeOffset At, int Max, int Mean);

/// <summary>Sums blocks into five-second points whose times are multiples of five seconds, so that points of all cameras line up.</summary>
public sealed class LevelBuckets
{
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private DateTimeOffset? bucket;
    private int max;
    private long sum;
    private int count;

    /// <summary>The finished point, when <paramref name="at"/> lies in another bucket than the block before it.</summary>
    public LevelPoint? Hear(DateTimeOffset at, int peak)
    {
        var own = new DateTimeOffset(at.UtcTicks - (at.UtcTicks % Step.Ticks), TimeSpan.Zero);
        LevelPoint? done = null;
        if (bucket is { } open && open != own)
        {
            done = Finish(open);
        }

        bucket = own;
        max = Math.Max(max, peak);
        sum += peak;
        count++;
        return done;
    }

    private LevelPoint Finish(DateTimeOffset open)
    {
        var point = new LevelPoint(open, max, (int)(sum / Math.Max(count, 1)));
        (max, sum, count) = (0, 0, 0);
        return point;
    }
}
