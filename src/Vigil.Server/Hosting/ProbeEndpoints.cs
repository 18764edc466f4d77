using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Database;

namespace Vigil.Server.Hosting;

/// <summary>`/` and `/health`: what the documented systems answer to anybody, joined into one.</summary>
internal static class ProbeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").AllowAnonymous().WithTags("Probes");
        open.MapMethods("/", ["GET", "HEAD"], GetRoot);
        // What a person types on the phone in the nursery. Browsers keep the fragment, and with it a pairing code, through the redirect.
        open.MapGet("/camera", static () => Results.Redirect("/app/camera")).ExcludeFromDescription();
        open.MapMethods("/health", ["GET", "HEAD"], GetHealth).WithErrorShape(ErrorShape.Detail);
    }

    /// <summary>A browser is sent to the app; programs get a description.</summary>
    private static IResult GetRoot(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Results.Redirect("/app/")
            : Results.Json(new JsonObject
            {
                ["app"] = "Vigil",
                ["version"] = VigilVersion.Text,
                ["status"] = "running",
                ["docs"] = "/docs",
                ["endpoints"] = new JsonObject
                {
                    ["auth"] = "/auth",
                    ["health"] = "/health",
                    ["websocket"] = "/ws/{user_id}",
                    ["api"] = "/api/v1",
                },
            });

    private static JsonObject GetHealth(DatabaseState database, TimeProvider time) => new()
    {
        // Always healthy when it answers: live view and sound alerts do not need the database, and a restart would not bring it back.
        ["status"] = "healthy",
        ["timestamp"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["database"] = database.IsAvailable ? "connected" : "disconnected",
    };
}
