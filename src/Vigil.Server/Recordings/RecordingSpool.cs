using System.Text.Json;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// What is being recorded, and what the database has not been told, in a small file that is replaced whole: a start that was answered is
/// held again after a kill, also when the database comes later.
/// </summary>
public sealed partial class RecordingSpool(VigilPaths paths, ILogger<RecordingSpool> logger)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private string File => Path.Combine(paths.Spool, "recordings.json");

    public IReadOnlyList<Recording> Read()
    {
        try
        {
            return System.IO.File.Exists(File) ? JsonSerializer.Deserialize<List<Recording>>(System.IO.File.ReadAllBytes(File), Json) ?? [] : [];
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            LogFailed(logger, damaged.GetType().Name); // The table knows what it was told.
            return [];
        }
    }

    public void Write(IReadOnlyCollection<Recording> recordings)
    {
        try
        {
            PrivateFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(recordings, Json));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogFailed(logger, failure.GetType().Name); // A full disk: memory and the table remain.
        }
    }

    [LoggerMessage(EventId = 1340, Level = LogLevel.Warning, Message = "The list of running recordings could not be kept on the disk ({Failure}).")]
    private static partial void LogFailed(ILogger logger, string failure);
}
