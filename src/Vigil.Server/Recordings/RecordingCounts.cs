using Dapper;
using Npgsql;

namespace Vigil.Server.Recordings;

/// <summary>How many recordings there are of a camera.</summary>
public sealed record RecordingCount
{
    public int CameraId { get; init; }

    public int Total { get; init; }

    public int Running { get; init; }

    public int Failed { get; init; }

    /// <summary>Ended, and something came.</summary>
    public int Completed => Total - Running - Failed;

    /// <summary>When the newest began.</summary>
    public DateTimeOffset? Newest { get; init; }

    public RecordingCount With(Recording r) => this with
    {
        Total = Total + 1,
        Running = Running + (r.IsRunning ? 1 : 0),
        Failed = Failed + (r.Outcome == RecordingStatus.Failed ? 1 : 0),
        Newest = Newest > r.From ? Newest : r.From,
    };
}

/// <summary>Counts recordings where they are: in the table, and beside it those that the book has not filed.</summary>
public sealed class RecordingCounts(NpgsqlDataSource database, RecordingBook book)
{
    /// <summary>By camera; of a filter, its cameras, schedule and what may be seen. While the database is away, what memory holds.</summary>
    public async Task<IReadOnlyDictionary<int, RecordingCount>> CountAsync(long householdId, RecordingFilter filter, CancellationToken cancel)
    {
        var known = book.InMemory(householdId);
        var counts = new Dictionary<int, RecordingCount>();
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            counts = (await connection.QueryAsync<RecordingCount>(new CommandDefinition(
                $"""
                select camera_id, count(*)::integer as total, (count(*) filter (where ended_at is null))::integer as running,
                  (count(*) filter (where ended_at is not null and status = 'failed'))::integer as failed, max(from_at) as newest
                from recording
                where household_id = @householdId and camera_id = any(@cameras) and id <> all(@known)
                  and (@ScheduleId::uuid is null or schedule_id = @ScheduleId) and {RecordingTable.InSeen}
                group by camera_id
                """,
                Arguments(householdId, filter, known),
                cancellationToken: cancel))).ToDictionary(c => c.CameraId);
        }
        catch (NpgsqlException)
        {
            // Memory is what there is.
        }

        foreach (var recording in known.Where(filter.Takes))
        {
            counts[recording.CameraId] = counts.GetValueOrDefault(recording.CameraId, new RecordingCount { CameraId = recording.CameraId }).With(recording);
        }

        return counts;
    }

    /// <summary>How many began in each hour of the clock of <paramref name="zone"/>, of those that began after <paramref name="since"/>.</summary>
    public async Task<IReadOnlyDictionary<DateTime, int>> ByHourAsync(
        long householdId, RecordingFilter filter, TimeZoneInfo zone, string zoneName, DateTimeOffset since, CancellationToken cancel)
    {
        var known = book.InMemory(householdId);
        var hours = new Dictionary<DateTime, int>();
        try
        {
            var arguments = Arguments(householdId, filter, known);
            arguments.Add("since", since);
            arguments.Add("zone", zoneName);
            await using var connection = await database.OpenConnectionAsync(cancel);
            hours = (await connection.QueryAsync<(DateTime Hour, int Count)>(new CommandDefinition(
                $"""
                select date_trunc('hour', from_at at time zone @zone), count(*)::integer
                from recording
                where household_id = @householdId and camera_id = any(@cameras) and id <> all(@known) and from_at >= @since and {RecordingTable.InSeen}
                group by 1
                """,
                arguments,
                cancellationToken: cancel))).ToDictionary(h => h.Hour, h => h.Count);
        }
        catch (NpgsqlException)
        {
            // Memory is what there is.
        }

        foreach (var recording in known.Where(r => r.From >= since && filter.Takes(r)))
        {
            var at = TimeZoneInfo.ConvertTime(recording.From, zone).DateTime;
            var hour = at.Date.AddHours(at.Hour);
            hours[hour] = hours.GetValueOrDefault(hour) + 1;
        }

        return hours;
    }

    private static DynamicParameters Arguments(long householdId, RecordingFilter filter, IReadOnlyList<Recording> known)
    {
        var arguments = new DynamicParameters();
        arguments.Add("householdId", householdId);
        arguments.Add("cameras", filter.Cameras?.ToArray() ?? []);
        arguments.Add("known", known.Select(r => r.Id).ToArray());
        arguments.Add("ScheduleId", filter.ScheduleId);
        arguments.Add("seenCameras", filter.Seen?.Select(r => r.CameraId).ToArray());
        arguments.Add("seenFroms", filter.Seen?.Select(r => r.From.UtcDateTime).ToArray());
        arguments.Add("seenTos", filter.Seen?.Select(r => r.To.UtcDateTime).ToArray());
        return arguments;
    }
}
