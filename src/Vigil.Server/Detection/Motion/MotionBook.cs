using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection.Motion;

/// <summary>
/// The settings of motion: the table, and all of it in memory, so that watching never asks the database. Also who looks at a camera's motion right
/// now: its page shows what the detector sees before anybody has switched it on.
/// </summary>
public sealed class MotionBook(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>A page asks twice a second; one that was closed is forgotten after this.</summary>
    private static readonly TimeSpan Looking = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<int, long> lookedAt = new();
    private readonly ConcurrentDictionary<int, CameraEye> eyes = new();
    private ConcurrentDictionary<int, MotionSettings> all = new();

    /// <summary>Something was set, or somebody looks.</summary>
    internal Broadcast<int> Changed { get; } = new();

    internal bool IsLoaded { get; private set; }

    internal MotionSettings Of(int cameraId) => Volatile.Read(ref all).GetValueOrDefault(cameraId, MotionSettings.Usual);

    /// <summary>Whether the camera is to be watched: switched on, or looked at.</summary>
    internal bool Wants(int cameraId) => IsLoaded && (Of(cameraId).Enabled || (lookedAt.TryGetValue(cameraId, out var at) && time.GetElapsedTime(at) < Looking));

    /// <summary>Somebody looks at what the camera's detector sees. Returns it; null when none runs yet.</summary>
    internal CameraEye? Look(int cameraId)
    {
        lookedAt[cameraId] = time.GetTimestamp();
        if (!eyes.TryGetValue(cameraId, out var eye))
        {
            Changed.Send(cameraId);
        }

        return eye;
    }

    internal CameraEye? Find(int cameraId) => eyes.GetValueOrDefault(cameraId);

    internal void Open(int cameraId, CameraEye eye) => eyes[cameraId] = eye;

    internal void Close(int cameraId, CameraEye eye)
    {
        eyes.TryRemove(KeyValuePair.Create(cameraId, eye));
        if (lookedAt.TryGetValue(cameraId, out var at) && time.GetElapsedTime(at) >= Looking)
        {
            lookedAt.TryRemove(KeyValuePair.Create(cameraId, at));
        }
    }

    /// <summary>Of all households: for the detectors, never for an answer to a person.</summary>
    internal async Task LoadAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            "select camera_id, enabled, sensitivity, minimum_seconds, record, areas from motion_setting", cancellationToken: cancel));
        var before = Volatile.Read(ref all);
        // What is as it was stays the same object: its zones are not drawn again.
        Volatile.Write(ref all, new(rows.Select(r => KeyValuePair.Create(r.CameraId, r.Unless(before.GetValueOrDefault(r.CameraId))))));
        IsLoaded = true;
    }

    /// <summary>False when the household has no such camera.</summary>
    internal async Task<bool> SaveAsync(long householdId, int cameraId, MotionSettings settings, CancellationToken cancel)
    {
        await using (var connection = await database.OpenConnectionAsync(cancel))
        {
            var written = await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into motion_setting (camera_id, household_id, enabled, sensitivity, minimum_seconds, record, areas, updated_at)
                select id, household_id, @Enabled, @Sensitivity, @MinimumSeconds, @Record, @areas, @now
                from camera where id = @cameraId and household_id = @householdId
                on conflict (camera_id) do update set enabled = excluded.enabled, sensitivity = excluded.sensitivity,
                  minimum_seconds = excluded.minimum_seconds, record = excluded.record, areas = excluded.areas, updated_at = excluded.updated_at
                where motion_setting.household_id = excluded.household_id
                """,
                new
                {
                    householdId,
                    cameraId,
                    settings.Enabled,
                    settings.Sensitivity,
                    settings.MinimumSeconds,
                    settings.Record,
                    areas = MotionSettings.Write(settings.Areas),
                    now = time.GetUtcNow(),
                },
                cancellationToken: cancel));
            if (written == 0)
            {
                return false;
            }
        }

        await LoadAsync(cancel);
        Changed.Send(cameraId);
        return true;
    }

    private sealed record Row
    {
        public int CameraId { get; init; }

        public bool Enabled { get; init; }

        public int Sensitivity { get; init; }

        public double MinimumSeconds { get; init; }

        public bool Record { get; init; }

        public string Areas { get; init; } = "[]";

        public MotionSettings Unless(MotionSettings? known) =>
            known is not null && known.Enabled == Enabled && known.Sensitivity == Sensitivity && known.MinimumSeconds.Equals(MinimumSeconds)
            && known.Record == Record && MotionSettings.Write(known.Areas) == Areas
                ? known
                : new MotionSettings
                {
                    Enabled = Enabled,
                    Sensitivity = Sensitivity,
                    MinimumSeconds = MinimumSeconds,
                    Record = Record,
                    Areas = MotionSettings.Read(Areas),
                };
    }
}
