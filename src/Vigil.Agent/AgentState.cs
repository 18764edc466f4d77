using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vigil.Agent;

/// <summary>Who this device is, and what it was given when it was paired.</summary>
internal sealed record AgentState
{
    public required string DeviceId { get; init; }

    /// <summary>Chosen by the device itself; proves that it is the one that was paired.</summary>
    public required string Secret { get; init; }

    public int? CameraId { get; init; }

    /// <summary>Publishes that camera, and opens nothing else.</summary>
    public string? Key { get; init; }

    public override string ToString() => $"device {DeviceId}";

    public static AgentState Create() => new()
    {
        DeviceId = $"agent-{RandomNumberGenerator.GetHexString(12, lowercase: true)}",
        Secret = RandomNumberGenerator.GetHexString(48, lowercase: true),
    };
}

/// <summary>The state's file: only its owner may read it, and it is whole whenever it is read.</summary>
internal sealed class AgentStateFile(string path)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock gate = new();
    private AgentState? known;

    /// <summary>What is known; a new device where there is no file yet.</summary>
    /// <exception cref="InvalidDataException">There is a file, but not of ours.</exception>
    public AgentState Current
    {
        get
        {
            lock (gate)
            {
                return known ??= Read() ?? Write(AgentState.Create());
            }
        }
    }

    public void Save(AgentState state)
    {
        lock (gate)
        {
            if (state != known)
            {
                known = Write(state);
            }
        }
    }

    private AgentState? Read()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), AgentJson.Default.AgentState) is { DeviceId.Length: > 0, Secret.Length: > 0 } state
                ? state
                : throw new InvalidDataException($"{path} is not a state of this program.");
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"{path} is not a state of this program.");
        }
    }

    private AgentState Write(AgentState state)
    {
        var fresh = path + ".new";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory && !Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
        }

        File.Delete(fresh);
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            JsonSerializer.Serialize(file, state, AgentJson.Default.AgentState);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        return state;
    }
}

[JsonSerializable(typeof(AgentState))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class AgentJson : JsonSerializerContext;
