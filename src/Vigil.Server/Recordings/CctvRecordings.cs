using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Recordings;

/// <summary>A recording that the caller may see, its camera, and the caller as a member of its household.</summary>
internal sealed record CctvRecording(Recording Recording, Camera Camera, CurrentMember Member);

/// <summary>The recordings that exist for a caller of the contract, in all their households. Counted in the table, never read as a whole.</summary>
internal sealed class CctvRecordings(
    CctvDoor door, RecordingBook book, RecordingCounts counts, SegmentTable segments, RecordingAccess access, CameraAccess cameras, TimeProvider time)
{
    /// <summary>No list shows more.</summary>
    public const int MostListed = 500;

    /// <summary>Newest first; of one camera, or of all.</summary>
    public async Task<IReadOnlyList<CctvRecording>> ListAsync(HttpContext http, CancellationToken cancel, int most = MostListed, Guid? camera = null)
    {
        var all = new List<CctvRecording>();
        foreach (var (member, visible, filter) in Households(http, camera))
        {
            var found = await book.ListAsync(member.HouseholdId, filter with { Limit = most }, cancel);
            all.AddRange(found.Where(r => access.MaySee(member, r)).Select(r => new CctvRecording(r, visible[r.CameraId], member)));
        }

        return [.. all.OrderByDescending(r => r.Recording.From).ThenByDescending(r => r.Recording.Id).Take(most)];
    }

    /// <summary>How many there are, by the camera's number.</summary>
    public async Task<IReadOnlyDictionary<int, RecordingCount>> CountAsync(HttpContext http, CancellationToken cancel, Guid? camera = null)
    {
        var all = new Dictionary<int, RecordingCount>();
        foreach (var (member, _, filter) in Households(http, camera))
        {
            foreach (var (id, count) in await counts.CountAsync(member.HouseholdId, filter, cancel))
            {
                all[id] = count;
            }
        }

        return all;
    }

    /// <summary>How many began in each hour of the caller's zone.</summary>
    public async Task<IReadOnlyDictionary<DateTime, int>> ByHourAsync(HttpContext http, string zone, DateTimeOffset since, CancellationToken cancel)
    {
        var all = new Dictionary<DateTime, int>();
        foreach (var (member, _, filter) in Households(http, null))
        {
            foreach (var (hour, count) in await counts.ByHourAsync(member.HouseholdId, filter, TimeZones.Find(zone), zone, since, cancel))
            {
                all[hour] = all.GetValueOrDefault(hour) + count;
            }
        }

        return all;
    }

    /// <summary>What there is of footage, each piece once, however many recordings it belongs to.</summary>
    public async Task<(long Bytes, double Seconds)> FootageAsync(HttpContext http, CancellationToken cancel)
    {
        var (bytes, seconds) = (0L, 0.0);
        foreach (var (member, visible, filter) in Households(http, null))
        {
            var part = await segments.SumAsync(member.HouseholdId, [.. visible.Keys], filter.Seen, cancel);
            (bytes, seconds) = (bytes + part.Bytes, seconds + part.Seconds);
        }

        return (bytes, seconds);
    }

    public async Task<CctvRecording?> FindAsync(HttpContext http, Guid id, CancellationToken cancel)
    {
        var visible = door.Visible(http);
        foreach (var member in CctvDoor.Members(http))
        {
            if (await access.FindAsync(member, id, cancel) is { } found && visible.FirstOrDefault(pair => pair.Camera.Id == found.CameraId).Camera is { } camera)
            {
                return new CctvRecording(found, camera, member);
            }
        }

        return null;
    }

    /// <summary>What of a camera is recorded now: by hand before by schedule, those before always. The clip of an alarm is not what these pages mean.</summary>
    public Recording? Current(int cameraId) => book.Current(cameraId).Where(r => r.Kind != RecordingKind.Alert).MinBy(r => r.Kind);

    private IEnumerable<(CurrentMember Member, Dictionary<int, Camera> Visible, RecordingFilter Filter)> Households(HttpContext http, Guid? camera)
    {
        var now = time.GetUtcNow();
        foreach (var household in door.Visible(http).Where(pair => camera is null || pair.Camera.Uid == camera).GroupBy(pair => pair.Member.HouseholdId))
        {
            var member = household.First().Member;
            var visible = household.ToDictionary(pair => pair.Camera.Id, pair => pair.Camera);
            yield return (member, visible, new RecordingFilter { Cameras = visible.Keys, Seen = SeenOf(member, visible.Values, now) });
        }
    }

    /// <summary>The windows in which the member may look; null: always.</summary>
    private List<SegmentRange>? SeenOf(CurrentMember member, IEnumerable<Camera> visible, DateTimeOffset now)
    {
        var (seen, always) = (new List<SegmentRange>(), true);
        foreach (var camera in visible)
        {
            // No footage is older than its camera; a day for a clock that was set.
            var (from, to) = (camera.CreatedAt.AddDays(-1), now.AddMinutes(1));
            var windows = cameras.Footage(member, camera.Id, from, to);
            always &= windows is [var only] && only.From == from && only.To == to;
            seen.AddRange(windows.Select(w => new SegmentRange(camera.Id, w.From, w.To)));
        }

        return always ? null : seen;
    }
}
