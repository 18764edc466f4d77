namespace Vigil.Server.Detection;

/// <summary>The loudest of one window of sound.</summary>
public readonly record struct LevelReport(DateTimeOffset At, int Peak, AlertLevel Level);

/// <summary>
/// The contract's broadcasts: a window opens with the first block over yellow, closes after its length, and is told once with the
/// highest peak and level it held; then it is empty. When the sound has fallen under yellow, one <see cref="AlertLevel.None"/> is
/// told, and silence after that is not. Pure: no clock.
/// </summary>
public sealed class BroadcastWindow
{
    private TimeSpan? openedAt;
    private DateTimeOffset at;
    private int peak;
    private AlertLevel level;
    private bool loudLast;

    public LevelReport? Hear(in HeardBlock block, SoundSettings settings)
    {
        var blockLevel = settings.LevelOf(block.Peak);
        if (openedAt is null)
        {
            if (blockLevel == AlertLevel.None && !loudLast)
            {
                return null;
            }

            openedAt = block.Position;
            (at, peak, level) = (block.At, 0, AlertLevel.None);
        }

        if (block.Peak >= peak)
        {
            (at, peak) = (block.At, block.Peak);
        }

        level = blockLevel > level ? blockLevel : level;
        return block.End - openedAt >= settings.Broadcast ? Close() : null;
    }

    /// <summary>The sound broke off (camera lost, monitoring stopped): what was heard is told, then that nothing is.</summary>
    public IEnumerable<LevelReport> BreakOff(DateTimeOffset now)
    {
        if (openedAt is not null && level != AlertLevel.None)
        {
            yield return Close();
        }

        openedAt = null;
        if (loudLast)
        {
            loudLast = false;
            yield return new LevelReport(now, 0, AlertLevel.None);
        }
    }

    private LevelReport Close()
    {
        var report = new LevelReport(at, peak, level);
        loudLast = level != AlertLevel.None;
        openedAt = null;
        return report;
    }
}

/// <summary>The level meter of open pages: every window is told, silence too, so that a meter never stands still on an old value.</summary>
public sealed class MeterWindow(TimeSpan length)
{
    private TimeSpan? openedAt;
    private int peak;

    public LevelReport? Hear(in HeardBlock block, SoundSettings settings)
    {
        openedAt ??= block.Position;
        peak = Math.Max(peak, block.Peak);
        if (block.End - openedAt < length)
        {
            return null;
        }

        var report = new LevelReport(block.At + block.Length, peak, settings.LevelOf(peak));
        (openedAt, peak) = (null, 0);
        return report;
    }
}
