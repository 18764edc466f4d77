using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Events;

/// <summary>Whether an event exists for a member: it is of their household, of a camera they may view, and lies in the time they may see.</summary>
public sealed class EventAccess(EventLog log, CameraAccess access, TimeProvider time)
{
    /// <summary>So many events are looked at for one page of somebody who sees few of them.</summary>
    private const int MostLookedAt = 2000;

    public async Task<CameraEvent?> FindAsync(CurrentMember member, Guid id, CancellationToken cancel) =>
        await log.FindAsync(member.HouseholdId, id, cancel) is { } found && MaySee(member, found) ? found : null;

    public bool MaySee(CurrentMember member, CameraEvent e) =>
        e.HouseholdId == member.HouseholdId
        && (e.CameraId is { } camera ? access.MaySee(member, camera, e.StartedAt, End(e)) : member.Place != Place.Guest);

    /// <summary>Newest first, with what to give as <paramref name="before"/> for older ones. A page of a guest may be short although more follow.</summary>
    public async Task<EventsSeen> ListAsync(
        CurrentMember member, IReadOnlyCollection<int>? cameras, EventKind? kind, bool unanswered, Guid? before, int most, CancellationToken cancel)
    {
        var seen = new List<CameraEvent>();
        for (var looked = 0; looked < MostLookedAt;)
        {
            var events = await log.ListAsync(member.HouseholdId, cameras, kind, unanswered, before, most + 1, cancel);
            foreach (var e in events.Take(most))
            {
                if (seen.Count == most)
                {
                    return new EventsSeen(seen, before);
                }

                before = e.Id;
                if (MaySee(member, e))
                {
                    seen.Add(e);
                }
            }

            if (events.Count <= most)
            {
                return new EventsSeen(seen, null);
            }

            if (seen.Count == most)
            {
                break;
            }

            looked += most;
        }

        return new EventsSeen(seen, before);
    }

    private DateTimeOffset End(CameraEvent e) => e.EndedAt ?? (time.GetUtcNow() is var now && now > e.Until ? now : e.Until);
}

/// <summary>A page of the timeline as somebody may see it.</summary>
public sealed record EventsSeen(IReadOnlyList<CameraEvent> Events, Guid? Next);
