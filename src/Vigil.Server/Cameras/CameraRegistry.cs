using Dapper;
using Npgsql;

namespace Vigil.Server.Cameras;

/// <summary>The table of cameras. <see cref="CameraDirectory"/> is what other features ask.</summary>
public sealed class CameraRegistry(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = """
        id, uid, household_id, name, location, address, sub_address, audio_address, username, password_sealed, hidden_sealed, ingest,
        yellow_threshold, red_threshold, broadcast_seconds, min_clip_seconds, max_clip_seconds, quiet_seconds, cry_sensitivity,
        pre_roll_seconds, post_roll_seconds, record_on_alert, record_always, paused, is_active, demo, created_at, updated_at, published_at, is_public,
        description, camera_type, recording_mode, record_quality, retention_hours, created_by, onvif_port
        """;

    /// <summary>Other servers on the same database hear of changes through this channel.</summary>
    public const string Bell = "vigil_cameras";

    /// <summary>Of all households: for the loops that run cameras, never for an answer to a person.</summary>
    public async Task<IReadOnlyList<Camera>> AllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return [.. await connection.QueryAsync<Camera>(new CommandDefinition($"select {Columns} from camera order by id", cancellationToken: cancel))];
    }

    public async Task<Camera> AddAsync(Camera camera, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.QuerySingleAsync<Camera>(new CommandDefinition(
            $"""
            insert into camera (uid, household_id, name, location, address, sub_address, audio_address, username, password_sealed, hidden_sealed, ingest,
              yellow_threshold, red_threshold, broadcast_seconds, min_clip_seconds, max_clip_seconds, quiet_seconds, cry_sensitivity,
              pre_roll_seconds, post_roll_seconds, record_on_alert, record_always, paused, is_active, demo, created_at, updated_at, is_public,
              description, camera_type, recording_mode, record_quality, retention_hours, created_by, onvif_port)
            values (@Uid, @HouseholdId, @Name, @Location, @Address, @SubAddress, @AudioAddress, @Username, @PasswordSealed, @HiddenSealed, @Ingest,
              @YellowThreshold, @RedThreshold, @BroadcastSeconds, @MinClipSeconds, @MaxClipSeconds, @QuietSeconds, @CrySensitivity,
              @PreRollSeconds, @PostRollSeconds, @RecordOnAlert, @RecordAlways, @Paused, @IsActive, @Demo, @CreatedAt, @UpdatedAt, @IsPublic,
              @Description, @CameraType, @RecordingMode, @RecordQuality, @RetentionHours, @CreatedBy, @OnvifPort)
            returning {Columns}
            """,
            camera with { CreatedAt = time.GetUtcNow(), UpdatedAt = time.GetUtcNow() },
            cancellationToken: cancel));
    }

    /// <summary>
    /// Reads the row under a lock, applies <paramref name="change"/> and writes the result, so that two people changing different things
    /// at once both get their way. Null when the household has no such camera.
    /// </summary>
    public async Task<Camera?> ChangeAsync(long householdId, int id, Func<Camera, Camera> change, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var old = await connection.QuerySingleOrDefaultAsync<Camera>(new CommandDefinition(
            $"select {Columns} from camera where household_id = @householdId and id = @id for update",
            new { householdId, id }, transaction, cancellationToken: cancel));
        if (old is null)
        {
            return null;
        }

        var changed = await connection.QuerySingleAsync<Camera>(new CommandDefinition(
            $"""
            update camera set name = @Name, location = @Location, address = @Address, sub_address = @SubAddress, audio_address = @AudioAddress,
              username = @Username, password_sealed = @PasswordSealed, hidden_sealed = @HiddenSealed, ingest = @Ingest, yellow_threshold = @YellowThreshold,
              red_threshold = @RedThreshold, broadcast_seconds = @BroadcastSeconds, min_clip_seconds = @MinClipSeconds,
              max_clip_seconds = @MaxClipSeconds, quiet_seconds = @QuietSeconds, cry_sensitivity = @CrySensitivity, pre_roll_seconds = @PreRollSeconds,
              post_roll_seconds = @PostRollSeconds, record_on_alert = @RecordOnAlert, record_always = @RecordAlways, paused = @Paused, is_active = @IsActive,
              updated_at = @UpdatedAt, published_at = @PublishedAt, is_public = @IsPublic,
              description = @Description, camera_type = @CameraType, recording_mode = @RecordingMode, record_quality = @RecordQuality,
              retention_hours = @RetentionHours, onvif_port = @OnvifPort
            where household_id = @HouseholdId and id = @Id
            returning {Columns}
            """,
            change(old) with { Id = id, HouseholdId = householdId, UpdatedAt = time.GetUtcNow() },
            transaction,
            cancellationToken: cancel));
        await transaction.CommitAsync(cancel);
        return changed;
    }

    public async Task<bool> RemoveAsync(long householdId, int id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            "delete from camera where household_id = @householdId and id = @id", new { householdId, id }, cancellationToken: cancel)) > 0;
    }

    /// <summary>Tells the other servers on this database to read the registry again.</summary>
    public async Task RingAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition($"notify {Bell}", cancellationToken: cancel));
    }
}
