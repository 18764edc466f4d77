namespace Vigil.RecorderHost;

/// <summary>The system's time, some times faster, so that a minute of recording passes in seconds.</summary>
internal sealed class FastTime(int speed) : TimeProvider
{
    private readonly long origin = System.GetTimestamp();
    private readonly DateTimeOffset start = System.GetUtcNow();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => (System.GetTimestamp() - origin) * speed;

    public override DateTimeOffset GetUtcNow() => start + (System.GetElapsedTime(origin) * speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(
            callback,
            state,
            dueTime < TimeSpan.Zero ? dueTime : dueTime / speed,
            period < TimeSpan.Zero ? period : period / speed);
}
