using System.Text.Json.Nodes;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Events;

/// <summary>`/health-check` of the documented health system: who is connected is known where the pages are.</summary>
internal static class HealthCheckEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/health-check", Get).AllowAnonymous().WithErrorShape(ErrorShape.Detail).WithTags("Probes");

    private static JsonObject Get(DatabaseState database, LivePages pages) => new()
    {
        ["status"] = "healthy",
        ["database"] = database.IsAvailable ? "connected" : "disconnected",
        ["websocket_connections"] = pages.Count,
        ["connected_users"] = pages.People,
        ["mqtt_broker"] = "",
        ["mqtt_topic"] = "",
    };
}
