using Vigil.Server.Accounts;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Live.Signaling;

/// <summary>For the administration page: how it stands between this server and others on the same database.</summary>
internal static class NodeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/admin/servers", Read).RequireServerRole(ServerRole.Admin).WithTags("Administration")
            .WithSummary("Whether devices and viewers of several servers meet");

    private static ServersView Read(RedisClient redis, SignalHub hub, SignalPresence presence)
    {
        var state = redis.State;
        return new ServersView
        {
            IsShared = redis.IsSet,
            IsConnected = state.IsConnected,
            Since = state.Since,
            Trouble = state.Trouble,
            DevicesHere = hub.Devices.Count(),
            DevicesElsewhere = state.IsConnected ? presence.AllElsewhere.Count : 0,
        };
    }
}

/// <summary>Devices that send straight to their viewers, on this and on other servers.</summary>
public sealed record ServersView
{
    /// <summary>False: this server is alone (no REDIS_URL), and all is well.</summary>
    public required bool IsShared { get; init; }

    /// <summary>Whether Redis can be reached.</summary>
    public required bool IsConnected { get; init; }

    /// <summary>Since when it is so.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What Redis or the network says is wrong, if anything.</summary>
    public required string? Trouble { get; init; }

    public required int DevicesHere { get; init; }

    public required int DevicesElsewhere { get; init; }
}
