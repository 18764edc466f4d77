using Dapper;
using Npgsql;
using Vigil.Server.Devices;

namespace Vigil.Server.Live;

/// <summary>What rooms' devices play for the child: written down, so that it goes on after a restart, and told to the devices.</summary>
internal sealed class Lullabies(NpgsqlDataSource database, RoomPhones phones, RoomPlayback playback, TimeProvider time)
{
    public async Task StartAsync(long householdId, int cameraId, Lullaby lullaby, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            insert into room_lullaby (camera_id, household_id, sound, volume, started_by, started_at, ends_at, file_id)
            values (@cameraId, @householdId, @sound, @volume, @startedBy, @startedAt, @until, @file)
            on conflict (camera_id) do update
            set sound = excluded.sound, volume = excluded.volume, started_by = excluded.started_by, started_at = excluded.started_at,
                ends_at = excluded.ends_at, file_id = excluded.file_id
            where room_lullaby.household_id = excluded.household_id
            """,
            new
            {
                cameraId,
                householdId,
                sound = lullaby.Sound.ToString(),
                volume = (float)lullaby.Volume,
                lullaby.StartedBy,
                startedAt = lullaby.StartedAt,
                until = lullaby.Until,
                lullaby.File,
            });
        playback.Plays(cameraId, lullaby);
        phones.Tell(cameraId, Message(cameraId, lullaby));
    }

    public async Task StopAsync(long householdId, int cameraId, CancellationToken cancel)
    {
        // Quiet first: that must also work while the database is away.
        playback.Plays(cameraId, null);
        phones.Tell(cameraId, Message(cameraId, null));
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("delete from room_lullaby where household_id = @householdId and camera_id = @cameraId", new { householdId, cameraId });
    }

    /// <summary>A device that has just come learns what to play. While nobody can say, it goes on as it is.</summary>
    public async Task TellAsync(RoomConnection phone, long householdId, CancellationToken cancel)
    {
        if (playback.Of(phone.CameraId).Lullaby is null)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                var row = await connection.QuerySingleOrDefaultAsync<Row>(
                    """
                    select l.sound, l.volume, l.started_by, l.started_at, l.ends_at, l.file_id, f.name as file_name
                    from room_lullaby l left join lullaby_file f on f.id = l.file_id and f.household_id = l.household_id
                    where l.household_id = @householdId and l.camera_id = @cameraId and l.ends_at > @now
                    """,
                    new { householdId, cameraId = phone.CameraId, now = time.GetUtcNow() });
                if (row is not null)
                {
                    playback.Plays(phone.CameraId, row.ToLullaby());
                }
            }
            catch (Exception away) when (away is NpgsqlException or InvalidOperationException or OperationCanceledException)
            {
                return;
            }
        }

        phone.Say(Message(phone.CameraId, playback.Of(phone.CameraId).Lullaby));
    }

    private object Message(int cameraId, Lullaby? lullaby) => lullaby is null
        ? new { type = "lullaby", sound = (object?)null }
        : new
        {
            type = "lullaby",
            sound = new
            {
                id = lullaby.Sound,
                name = lullaby.FileName ?? lullaby.Sound.ToString(),
                kind = lullaby.File is null ? "generated" : "file",
                url = lullaby.File is { } file ? $"/api/v1/cameras/{cameraId}/lullaby/{file}" : null,
            },
            until = lullaby.Until,
            secondsLeft = (lullaby.Until - time.GetUtcNow()).TotalSeconds, // A phone's clock may be wrong.
            volume = lullaby.Volume,
        };

    private sealed record Row
    {
        public required string Sound { get; init; }

        public required float Volume { get; init; }

        public required string StartedBy { get; init; }

        public required DateTime StartedAt { get; init; }

        public required DateTime EndsAt { get; init; }

        public Guid? FileId { get; init; }

        public string? FileName { get; init; }

        public Lullaby ToLullaby() => new()
        {
            Sound = Enum.Parse<LullabySound>(Sound),
            Volume = Volume,
            StartedBy = StartedBy,
            StartedAt = StartedAt,
            Until = EndsAt,
            File = FileId,
            FileName = FileName,
        };
    }
}
