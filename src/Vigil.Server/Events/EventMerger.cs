namespace Vigil.Server.Events;

/// <summary>
/// Makes events of observations, one merger per camera and kind. Observations that touch (or nearly) are one event that grows; an
/// event that has grown to its greatest length is closed, and what goes on is a new one, so that a long night is neither one
/// endless row nor an alert every five seconds. Pure: times come with the observations.
/// </summary>
public sealed class EventMerger
{
    /// <summary>Two recordings of one noise are parted by a block or two of sound at most.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    /// <summary>A baby that starts again within a minute is the same trouble: one event, one alert.</summary>
    public static readonly TimeSpan CryGap = TimeSpan.FromMinutes(1);

    /// <summary>Who stands still for a moment and walks on is one visit.</summary>
    public static readonly TimeSpan MotionGap = TimeSpan.FromSeconds(10);

    /// <summary>A thermometer that reports every ten seconds tells of one fever: said again when it still stands after so long.</summary>
    public static readonly TimeSpan IllGap = TimeSpan.FromMinutes(30);

    /// <summary>Crying for ten minutes is worth a second alert, and a clip of five minutes is easy to send.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private CameraEvent? current;

    /// <summary>The event as it stands after <paramref name="seen"/>: new, or the one before grown by it.</summary>
    public CameraEvent Offer(Observation seen)
    {
        current = current is { } open && Belongs(seen, open) ? Grow(open, seen) : Begin(seen);
        return current;
    }

    /// <summary>Takes over changes made beside the merger (the clip has become playable).</summary>
    public CameraEvent? Amend(Func<CameraEvent, CameraEvent> change) => current = current is null ? null : change(current);

    private static bool Belongs(Observation seen, CameraEvent open) =>
        seen.From <= open.Until + GapOf(open.Kind) && seen.To >= open.StartedAt && (open.EndedAt is null || seen.To - open.StartedAt <= LongestOf(open.Kind));

    private static TimeSpan GapOf(EventKind kind) => kind switch { EventKind.Cry => CryGap, EventKind.Motion => MotionGap, EventKind.MayBeIll => IllGap, _ => Gap };

    private static TimeSpan LongestOf(EventKind kind) => kind == EventKind.MayBeIll ? IllGap : Longest;

    private static CameraEvent Begin(Observation seen) => Close(
        new CameraEvent
        {
            Id = Guid.CreateVersion7(seen.From),
            HouseholdId = seen.HouseholdId,
            CameraId = seen.CameraId,
            Kind = seen.Kind,
            StartedAt = seen.From,
            Until = seen.To > seen.From ? seen.To : seen.From,
            Peak = seen.Peak,
            Level = seen.Level,
            Score = seen.Score,
            Detail = seen.Detail,
            Box = seen.Box,
            ClipFrom = seen.PreRoll is { } preRoll ? seen.From - preRoll : null,
        },
        seen);

    private static CameraEvent Grow(CameraEvent open, Observation seen) => Close(
        open with
        {
            Until = seen.To > open.Until ? seen.To : open.Until,
            Peak = seen.Peak > open.Peak ? seen.Peak : open.Peak,
            Level = seen.Level > open.Level ? seen.Level : open.Level,
            Score = seen.Score > open.Score || open.Score is null ? seen.Score : open.Score,
            Detail = seen.Detail ?? open.Detail,
            Box = seen.Box?.Union(open.Box) ?? open.Box,
            Revision = open.Revision + 1,
        },
        seen);

    private static CameraEvent Close(CameraEvent e, Observation seen) => seen.GoesOn
        ? e with { EndedAt = null, ClipTo = null }
        : e with { EndedAt = e.Until, ClipTo = e.ClipFrom is null ? null : e.Until + seen.PostRoll };
}
