using Dapper;
using Npgsql;

namespace Vigil.Server.Live;

/// <summary>The table of stream sessions.</summary>
public sealed class StreamTable(NpgsqlDataSource database)
{
    private const string Columns = "id, household_id, camera_id, account_id, viewer, road, quality, client, address, started_at, ended_at";

    /// <summary>Beginnings and ends; an end whose beginning was lost brings it along. What concerns a removed camera is nothing any more.</summary>
    public async Task WriteAsync(IEnumerable<StreamSession> sessions, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var s in sessions)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                $"""
                insert into stream_session ({Columns}, seen_at)
                select @Id, @HouseholdId, @CameraId, (select id from account where id = @AccountId), left(@Viewer, 200), @road, @quality, @Client, left(@Address, 64),
                  @StartedAt, @EndedAt, coalesce(@EndedAt, @StartedAt)
                where exists (select 1 from camera where id = @CameraId and household_id = @HouseholdId)
                on conflict (id) do update set
                  ended_at = coalesce(excluded.ended_at, stream_session.ended_at), seen_at = greatest(excluded.seen_at, stream_session.seen_at)
                """,
                new
                {
                    s.Id,
                    s.HouseholdId,
                    s.CameraId,
                    s.AccountId,
                    s.Viewer,
                    road = StreamWords.Of(s.Road),
                    quality = StreamWords.Of(s.Quality),
                    s.Client,
                    s.Address,
                    s.StartedAt,
                    s.EndedAt,
                },
                transaction,
                cancellationToken: cancel));
        }

        await transaction.CommitAsync(cancel);
    }

    /// <summary>These still go on. Of all households: for the loop that keeps the table.</summary>
    public async Task SeenAsync(Guid[] ids, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "update stream_session set seen_at = greatest(@now, started_at) where id = any(@ids) and ended_at is null", new { ids, now }, cancellationToken: cancel));
    }

    /// <summary>Ends those of a server that died, and forgets what is old or too much.</summary>
    public async Task TidyAsync(DateTimeOffset lostBefore, DateTimeOffset oldBefore, int mostPerCamera, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update stream_session set ended_at = seen_at where ended_at is null and seen_at < @lostBefore;

            delete from stream_session where id in (
              select id from (
                select id, started_at, row_number() over (partition by camera_id order by started_at desc, id desc) as place
                from stream_session where ended_at is not null) ranked
              where place > @mostPerCamera or started_at < @oldBefore);
            """,
            new { lostBefore, oldBefore, mostPerCamera },
            cancellationToken: cancel));
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<StreamSession>> RecentAsync(
        long householdId, IReadOnlyCollection<int> cameras, long? ofAccount, int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<StreamSession>(new CommandDefinition(
            $"""
            select {Columns} from stream_session
            where household_id = @householdId and camera_id = any(@cameras) and (@ofAccount::bigint is null or account_id = @ofAccount)
            order by started_at desc, id desc limit @most
            """,
            new { householdId, cameras = cameras.ToArray(), ofAccount, most },
            cancellationToken: cancel))];
    }
}

/// <summary>Enum words as the database and the pages spell them.</summary>
internal static class StreamWords
{
    public static string Of(WatchRoad road) => road switch
    {
        WatchRoad.Mjpeg => "mjpeg",
        WatchRoad.Mse => "mse",
        WatchRoad.Hls => "hls",
        _ => "webRtc",
    };

    public static string Of(Vigil.Media.Live.LiveQuality quality) => quality == Vigil.Media.Live.LiveQuality.Sub ? "sub" : "main";
}
