using Dapper;
using Npgsql;

namespace Vigil.Server.Detection;

/// <summary>One thing a parent said about the ear of a camera.</summary>
public sealed record CryFeedback
{
    public long Id { get; init; }

    public long HouseholdId { get; init; }

    public int CameraId { get; init; }

    public Guid? EventId { get; init; }

    /// <summary>not_cry or missed.</summary>
    public string Said { get; init; } = "";

    public DateTimeOffset At { get; init; }

    public string ByName { get; init; } = "";

    public float Score { get; init; }

    public float Shift { get; init; }

    public string Model { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UndoneAt { get; init; }
}

/// <summary>
/// What parents said about crying, and how far it moves each camera's threshold: a quarter step on the logit scale per word, together at most
/// <see cref="CrySensitivity.MostLearnt"/>; undone, it counts no more. The shifts are in memory, so that the ear never asks the database.
/// </summary>
public sealed class CryTuning(NpgsqlDataSource database, TimeProvider time)
{
    public const float Step = 0.25f;

    private const string Columns = "id, household_id, camera_id, event_id, said, at, by_name, score, shift, model, created_at, undone_at";

    private volatile Dictionary<int, float> shifts = [];

    /// <summary>Above 0: harder to alarm.</summary>
    public float ShiftOf(int cameraId) => Math.Clamp(shifts.GetValueOrDefault(cameraId), -CrySensitivity.MostLearnt, CrySensitivity.MostLearnt);

    /// <summary>Of all households: for the ears, never for an answer to a person.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(int Camera, float Shift)>(new CommandDefinition(
            "select camera_id, sum(shift)::real from cry_feedback where undone_at is null group by camera_id", cancellationToken: cancel));
        shifts = rows.ToDictionary(r => r.Camera, r => r.Shift);
    }

    /// <summary>
    /// Null when it was said about that event or moment before, or, with no event, when it would move nothing any more: whatever is said
    /// at the end of the way counts for nothing, so that the next word the other way does.
    /// </summary>
    public async Task<CryFeedback?> SayAsync(CryFeedback feedback, long account, byte[] features, CancellationToken cancel)
    {
        CryFeedback? written;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            // One word after the other, so that each sees how far those before have moved it.
            await connection.ExecuteAsync(new CommandDefinition(
                "select 1 from camera where id = @CameraId for no key update", new { feedback.CameraId }, transaction, cancellationToken: cancel));
            written = await connection.QuerySingleOrDefaultAsync<CryFeedback>(new CommandDefinition(
                $"""
                insert into cry_feedback (household_id, camera_id, event_id, said, at, account_id, by_name, score, shift, model, features, created_at)
                select @HouseholdId, c.id, @EventId, @Said, @At, @account, left(@ByName, 200), @Score,
                  greatest(-@most, least(@most, said.shift + @Shift)) - said.shift, @Model, @features, @now
                from camera c
                cross join lateral (
                  select greatest(-@most, least(@most, coalesce(sum(f.shift), 0)::real)) as shift, coalesce(bool_or(f.event_id is null and f.at = @At), false) as moment
                  from cry_feedback f where f.camera_id = c.id and f.undone_at is null) said
                where c.id = @CameraId and c.household_id = @HouseholdId
                  and (@EventId::uuid is not null or not said.moment and abs(said.shift + @Shift) <= @most)
                on conflict do nothing
                returning {Columns}
                """,
                new
                {
                    feedback.HouseholdId,
                    feedback.CameraId,
                    feedback.EventId,
                    feedback.Said,
                    feedback.At,
                    account,
                    feedback.ByName,
                    feedback.Score,
                    feedback.Shift,
                    feedback.Model,
                    features,
                    now = time.GetUtcNow(),
                    most = CrySensitivity.MostLearnt,
                },
                transaction,
                cancellationToken: cancel));
            await transaction.CommitAsync(cancel);
        }

        await LoadAsync(cancel);
        return written;
    }

    /// <summary>False when the camera has no such feedback, or it was undone before.</summary>
    public async Task<bool> UndoAsync(long householdId, int cameraId, long id, CancellationToken cancel)
    {
        int undone;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            undone = await connection.ExecuteAsync(new CommandDefinition(
                "update cry_feedback set undone_at = @now where household_id = @householdId and camera_id = @cameraId and id = @id and undone_at is null",
                new { householdId, cameraId, id, now = time.GetUtcNow() },
                cancellationToken: cancel));
        }

        await LoadAsync(cancel);
        return undone > 0;
    }

    /// <summary>Newest first, the undone ones too.</summary>
    public async Task<IReadOnlyList<CryFeedback>> ListAsync(long householdId, int cameraId, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<CryFeedback>(new CommandDefinition(
            $"select {Columns} from cry_feedback where household_id = @householdId and camera_id = @cameraId order by id desc limit @most",
            new { householdId, cameraId, most },
            cancellationToken: cancel))];
    }

    /// <summary>For retraining: what was said, with the features it was said about.</summary>
    public async Task<IReadOnlyList<(CryFeedback Feedback, byte[] Features)>> ExportAsync(long householdId, int cameraId, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<CryFeedback, Features, (CryFeedback, byte[])>(
            new CommandDefinition(
                $"""
                select {Columns}, features as bytes from cry_feedback
                where household_id = @householdId and camera_id = @cameraId and undone_at is null order by id desc limit @most
                """,
                new { householdId, cameraId, most },
                cancellationToken: cancel),
            (feedback, features) => (feedback, features.Bytes),
            splitOn: "bytes");
        return [.. rows];
    }

    private sealed record Features
    {
        public byte[] Bytes { get; init; } = [];
    }
}
