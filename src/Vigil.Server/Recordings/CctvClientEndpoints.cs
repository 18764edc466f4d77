using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>
/// `…/local-client/…`: a program that records elsewhere. Vigil records by itself and assigns no camera to such a program, so it is told,
/// politely and only when it is signed in, that there is nothing for it to do. Also the health probe beside it.
/// </summary>
internal static class CctvClientEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapCctv().MapGet("/health", GetHealth).WithSummary("Is the service there?");
        MapClient(routes.MapCctv("/local-client"));
        MapClient(routes.MapCctvUsers("/local-client").RequireAuthorization());
    }

    private static void MapClient(RouteGroupBuilder client)
    {
        client.MapGet("/health", GetHealth);
        client.MapGet("/schedules", () => Results.Json(new JsonArray())).WithSummary("No schedule is left to a client");
        client.MapGet("/cameras", () => Results.Json(new JsonArray())).WithSummary("No camera is left to a client");
        client.MapPost("/recordings/register", () => CctvContract.NotFound("Camera not found")).WithSummary("No camera is left to a client");
        client.MapPost("/recordings/status", () => CctvContract.NotFound("Recording not found")).WithSummary("No recording is a client's");
        client.MapPost("/heartbeat", async (HttpContext http, CancellationToken cancel) =>
        {
            var body = await LooseBody.ReadJsonAsync(http.Request, cancel, mayBeEmpty: true);
            var client = body.Optional("client_id", 200) ?? "unknown";
            return body.HasFaults ? body.Unprocessable() : Results.Json(new JsonObject { ["message"] = "Heartbeat received", ["client_id"] = client, ["status"] = "online" });
        });
    }

    private static IResult GetHealth() => Results.Json(new JsonObject
    {
        ["status"] = "healthy",
        ["service"] = "cctv",
        ["version"] = VigilVersion.Text,
        ["features"] = new JsonArray("cameras", "streaming", "recording", "scheduling", "access"),
    });
}
