using System.Globalization;
using Dapper;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>How full the disk is, for the administration page. Walking the segment store is slow, so an answer is kept for half a minute.</summary>
internal sealed class StorageTotals(VigilPaths paths, NpgsqlDataSource database, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1, 1);
    private (StorageBody Body, long At)? _last;

    public async Task<StorageBody> ReadAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.At) < Fresh)
            {
                return last.Body;
            }

            await using var connection = await database.OpenConnectionAsync(cancel);
            var databaseBytes = await connection.ExecuteScalarAsync<long>("select pg_database_size(current_database())");
            var cameras = await Task.Run(CameraBytes, cancel);
            var drive = new DriveInfo(paths.Data);
            var body = new StorageBody
            {
                DataDirectory = paths.Data,
                TotalBytes = drive.TotalSize,
                FreeBytes = drive.AvailableFreeSpace,
                RecordingsBytes = cameras.Sum(camera => camera.Bytes),
                DatabaseBytes = databaseBytes,
                Cameras = cameras,
            };
            _last = (body, time.GetTimestamp());
            return body;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>The segment store has one directory per camera, named by its id.</summary>
    private List<CameraStorage> CameraBytes() =>
        !Directory.Exists(paths.Segments)
            ? []
            : [.. new DirectoryInfo(paths.Segments).EnumerateDirectories()
                .Where(directory => int.TryParse(directory.Name, CultureInfo.InvariantCulture, out _))
                .Select(directory => new CameraStorage
                {
                    CameraId = int.Parse(directory.Name, CultureInfo.InvariantCulture),
                    Bytes = directory.EnumerateFiles("*", SearchOption.AllDirectories).Sum(Length),
                })
                .OrderByDescending(camera => camera.Bytes)];

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Retention was faster.
            return 0;
        }
    }
}

public sealed record StorageBody
{
    public required string DataDirectory { get; init; }
    public required long TotalBytes { get; init; }
    public required long FreeBytes { get; init; }
    public required long RecordingsBytes { get; init; }
    public required long DatabaseBytes { get; init; }
    public required IReadOnlyList<CameraStorage> Cameras { get; init; }
}

public sealed record CameraStorage
{
    public required int CameraId { get; init; }
    public required long Bytes { get; init; }
}
