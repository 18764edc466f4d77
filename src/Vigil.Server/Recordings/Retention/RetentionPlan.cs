using Vigil.Media.Recording;

namespace Vigil.Server.Recordings.Retention;

/// <summary>Why nobody may, or who still wants, a piece of footage. The later ones weigh more.</summary>
public enum FootageClaim
{
    /// <summary>No recording and no event refers to it.</summary>
    None,

    /// <summary>It belongs to a recording by schedule, or of a camera that is recorded always.</summary>
    Recording,

    /// <summary>It belongs to an alert's clip or to what somebody recorded by hand: the last to go when room is needed.</summary>
    Clip,

    /// <summary>Somebody protected a recording that it belongs to: stays.</summary>
    Protected,
}

/// <summary>A closed segment that may be deleted.</summary>
/// <param name="Segment">The file.</param>
/// <param name="Claim">The strongest.</param>
/// <param name="EndOfUse">The end of the last recording it belongs to, or its own; null: of one that still runs.</param>
public sealed record FootagePiece(SegmentRecord Segment, FootageClaim Claim, DateTimeOffset? EndOfUse);

/// <summary>A camera's footage as a sweep sees it.</summary>
public sealed record CameraFootage
{
    public required int CameraId { get; init; }

    public required long HouseholdId { get; init; }

    /// <summary>All of it, what is being written included.</summary>
    public required long Bytes { get; init; }

    /// <summary>Null: for ever, as far as there is room.</summary>
    public required TimeSpan? KeptFor { get; init; }

    /// <summary>The same of alert clips and of what was recorded by hand.</summary>
    public required TimeSpan? ClipsKeptFor { get; init; }

    /// <summary>Null: no limit of its own.</summary>
    public required long? MaxBytes { get; init; }

    /// <summary>The oldest closed pieces, oldest first.</summary>
    public required IReadOnlyList<FootagePiece> Oldest { get; init; }

    /// <summary>What was deleted lately: it counts towards the half that goes without a question.</summary>
    public long DeletedLately { get; init; }

    /// <summary>Somebody has been told and agreed.</summary>
    public bool Agreed { get; init; }
}

/// <summary>Everything a sweep decides upon.</summary>
public sealed record RetentionState
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// Until when everything that was due had been deleted: what has become due since is the ordinary course of things. Null after a start
    /// that follows a long pause, or when the clock was set.
    /// </summary>
    public required DateTimeOffset? SweptUntil { get; init; }

    public required IReadOnlyList<CameraFootage> Cameras { get; init; }

    /// <summary>By household; absent: no limit.</summary>
    public required IReadOnlyDictionary<long, long> HouseholdBytes { get; init; }

    /// <summary>Of all cameras together; null: no limit.</summary>
    public required long? ServerBytes { get; init; }

    public required long FreeBytes { get; init; }

    /// <summary>That much shall stay free.</summary>
    public required long FloorBytes { get; init; }
}

/// <summary>What a sweep does.</summary>
public sealed record RetentionSteps
{
    public required IReadOnlyList<SegmentRecord> Delete { get; init; }

    /// <summary>By camera: bytes that go out of the ordinary; they count towards the half.</summary>
    public required IReadOnlyDictionary<int, long> OutOfTurn { get; init; }

    /// <summary>By camera: what is due and waits, because it would be more than half of the camera's footage at once.</summary>
    public required IReadOnlyDictionary<int, long> Held { get; init; }

    /// <summary>The disk lacks this much, and nothing is left that may go.</summary>
    public required long Lacking { get; init; }
}

/// <summary>
/// Which footage goes. Pure. By age first (counted from the end of the last recording that a piece belongs to), then as much as each limit
/// in bytes and the free space ask for: the oldest first, clips after all else, protected recordings never. More than half of a
/// camera's footage never goes without somebody having agreed, except what simply becomes due while we watch.
/// </summary>
public static class RetentionPlan
{
    /// <summary>What is younger may belong to something that has not been told yet.</summary>
    private static readonly TimeSpan Youngest = TimeSpan.FromMinutes(5);

    public static RetentionSteps Make(RetentionState state)
    {
        var sweep = new Sweep(state);
        foreach (var camera in state.Cameras)
        {
            sweep.Expire(camera, [.. camera.Oldest.Where(p => p.Claim != FootageClaim.Protected && DueAt(p, camera) <= state.Now)]);
        }

        foreach (var camera in state.Cameras)
        {
            sweep.Trim([camera], camera.MaxBytes);
        }

        foreach (var household in state.Cameras.GroupBy(c => c.HouseholdId))
        {
            sweep.Trim([.. household], state.HouseholdBytes.TryGetValue(household.Key, out var limit) ? limit : null);
        }

        sweep.Trim(state.Cameras, state.ServerBytes);
        sweep.MakeRoom(state.Cameras);
        return sweep.Steps;
    }

    /// <summary>Null: never by age.</summary>
    private static DateTimeOffset? DueAt(FootagePiece piece, CameraFootage camera) =>
        piece.EndOfUse + (piece.Claim == FootageClaim.Clip ? camera.ClipsKeptFor : camera.KeptFor);

    private sealed class Sweep(RetentionState state)
    {
        private readonly List<SegmentRecord> deleted = [];
        private readonly HashSet<string> decided = [];
        private readonly Dictionary<int, long> held = [];
        private readonly Dictionary<int, long> taken = [];
        private readonly Dictionary<int, long> remaining = state.Cameras.ToDictionary(c => c.CameraId, c => c.Bytes);
        private long free = state.FreeBytes;

        public RetentionSteps Steps => new()
        {
            Delete = deleted,
            OutOfTurn = taken,
            Held = held,
            Lacking = Math.Max(0, state.FloorBytes - free),
        };

        /// <summary>What has become due while we watched goes; what was due before goes as well, unless it is suspiciously much.</summary>
        public void Expire(CameraFootage camera, IReadOnlyList<FootagePiece> due)
        {
            var ordinary = due.Where(p => state.SweptUntil is { } swept && DueAt(p, camera) > swept).ToList();
            var overdue = due.Except(ordinary).ToList();
            ordinary.ForEach(p => Delete(camera, p));
            if (overdue.Count > 0 && !MayTake(camera, overdue.Sum(p => p.Segment.Bytes)))
            {
                overdue.ForEach(p => Hold(camera, p));
                return;
            }

            overdue.ForEach(p => Take(camera, p));
        }

        public void Trim(IReadOnlyList<CameraFootage> cameras, long? limit)
        {
            if (limit is { } most)
            {
                TakeUntil(cameras, () => cameras.Sum(c => remaining[c.CameraId]) <= most);
            }
        }

        public void MakeRoom(IReadOnlyList<CameraFootage> cameras) => TakeUntil(cameras, () => free >= state.FloorBytes);

        private void TakeUntil(IReadOnlyList<CameraFootage> cameras, Func<bool> enough)
        {
            if (enough())
            {
                return;
            }

            var before = state.Now - Youngest;
            var candidates = cameras.SelectMany(c => c.Oldest.Select(p => (Camera: c, Piece: p)))
                .Where(c => c.Piece.Claim != FootageClaim.Protected && c.Piece.Segment.End < before && !decided.Contains(c.Piece.Segment.Path))
                .OrderBy(c => c.Piece.Claim == FootageClaim.Clip).ThenBy(c => c.Piece.Segment.Start);
            foreach (var (camera, piece) in candidates)
            {
                if (MayTake(camera, piece.Segment.Bytes))
                {
                    Take(camera, piece);
                }
                else
                {
                    Hold(camera, piece);
                }

                if (enough())
                {
                    return;
                }
            }
        }

        private bool MayTake(CameraFootage camera, long bytes) =>
            camera.Agreed || (taken.GetValueOrDefault(camera.CameraId) + camera.DeletedLately + bytes) * 2 <= camera.Bytes + camera.DeletedLately;

        private void Take(CameraFootage camera, FootagePiece piece)
        {
            taken[camera.CameraId] = taken.GetValueOrDefault(camera.CameraId) + piece.Segment.Bytes;
            Delete(camera, piece);
        }

        private void Hold(CameraFootage camera, FootagePiece piece)
        {
            decided.Add(piece.Segment.Path);
            held[camera.CameraId] = held.GetValueOrDefault(camera.CameraId) + piece.Segment.Bytes;
        }

        private void Delete(CameraFootage camera, FootagePiece piece)
        {
            decided.Add(piece.Segment.Path);
            deleted.Add(piece.Segment);
            remaining[camera.CameraId] -= piece.Segment.Bytes;
            free += piece.Segment.Bytes;
        }
    }
}
