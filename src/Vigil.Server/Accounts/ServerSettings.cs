using System.Text.Json;
using Dapper;
using Npgsql;

namespace Vigil.Server.Accounts;

/// <summary>Who may make an account by themselves, once there is a first one.</summary>
public enum RegistrationMode
{
    /// <summary>Nobody; an owner adds members.</summary>
    Closed,

    /// <summary>Whoever comes from a private address: the same house.</summary>
    Private,

    /// <summary>Anybody who reaches the server.</summary>
    Open,
}

/// <summary>What an administrator sets on a page.</summary>
public sealed record ServerSettingValues
{
    public RegistrationMode Registration { get; init; } = RegistrationMode.Private;
    public ServerRole DefaultRole { get; init; } = ServerRole.Dev;
}

internal sealed class ServerSettings(NpgsqlDataSource database, TimeProvider time)
{
    private const string Key = "accounts";
    private static readonly JsonSerializerOptions Json = MakeJson();

    public async Task<ServerSettingValues> ReadAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var text = await connection.ExecuteScalarAsync<string?>("select value::text from server_setting where key = @Key", new { Key });
        return text is null ? new ServerSettingValues() : JsonSerializer.Deserialize<ServerSettingValues>(text, Json) ?? new ServerSettingValues();
    }

    public async Task WriteAsync(ServerSettingValues values, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(
            """
            insert into server_setting (key, value, updated_at) values (@Key, @value::jsonb, @now)
            on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at
            """,
            new { Key, value = JsonSerializer.Serialize(values, Json), now = time.GetUtcNow() });
    }

    private static JsonSerializerOptions MakeJson()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Hosting.JsonShape.Apply(options);
        return options;
    }
}
