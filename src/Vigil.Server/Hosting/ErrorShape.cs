using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Vigil.Server.Hosting;

/// <summary>The error body that an area's documented clients read. Every one of them has `detail`.</summary>
public enum ErrorShape
{
    /// <summary>Our own API: problem details (RFC 9457).</summary>
    Problem,

    /// <summary>`{"detail"}`.</summary>
    Detail,

    /// <summary>`{"detail","error"}`.</summary>
    DetailAndError,

    /// <summary>`{"status":"error","message","detail"}`.</summary>
    StatusMessage,

    /// <summary>`{"detail","error"}`, and exactly `{"detail":"Unauthorized"}` for 401.</summary>
    Cctv,
}

public static class ErrorShapes
{
    // For paths without an endpoint; endpoints say it themselves with WithErrorShape.
    private static readonly (string Prefix, ErrorShape Shape)[] ByPath =
    [
        ("/api/v1", ErrorShape.Problem),
        ("/api/device", ErrorShape.StatusMessage),
        ("/api/chat", ErrorShape.StatusMessage),
        ("/api/auth", ErrorShape.DetailAndError),
        ("/api/vision", ErrorShape.DetailAndError),
        ("/api/devices", ErrorShape.Detail),
        ("/api/pairing", ErrorShape.Detail),
        ("/auth", ErrorShape.Detail),
        ("/health", ErrorShape.Detail),
        ("/v0", ErrorShape.Cctv),
    ];

    /// <summary>Errors of these endpoints that come from the middleware (401, 404, 405, 503 …) take this shape.</summary>
    public static TBuilder WithErrorShape<TBuilder>(this TBuilder endpoint, ErrorShape shape)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Mark(shape));

    public static ErrorShape For(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Mark>()?.Shape
        ?? ByPath.Where(area => context.Request.Path.StartsWithSegments(area.Prefix)).Select(area => (ErrorShape?)area.Shape).FirstOrDefault()
        ?? ErrorShape.Problem;

    public static async Task WriteAsync(HttpContext context, int status, string detail, string? code = null)
    {
        context.Response.StatusCode = status;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var shape = For(context);
        var body = shape switch
        {
            ErrorShape.Detail => new JsonObject { ["detail"] = detail },
            ErrorShape.Cctv when status == StatusCodes.Status401Unauthorized => new JsonObject { ["detail"] = "Unauthorized" },
            ErrorShape.DetailAndError or ErrorShape.Cctv => new JsonObject { ["detail"] = detail, ["error"] = detail },
            ErrorShape.StatusMessage => new JsonObject { ["status"] = "error", ["message"] = detail, ["detail"] = detail },
            _ => new JsonObject { ["title"] = ReasonPhrases.GetReasonPhrase(status), ["status"] = status, ["detail"] = detail },
        };
        if (code is not null && shape != ErrorShape.Cctv)
        {
            body["code"] = code;
        }

        context.Response.ContentType = shape == ErrorShape.Problem ? "application/problem+json" : "application/json";
        await context.Response.WriteAsync(body.ToJsonString(JsonSerializerOptions.Web), context.RequestAborted);
    }

    /// <summary>What to say when nothing more precise was said.</summary>
    public static (string Detail, string Code) Words(int status) => status switch
    {
        400 => ("The request could not be understood.", "badRequest"),
        401 => ("Please sign in.", "signedOut"),
        403 => ("You may not do this.", "forbidden"),
        404 => ("There is nothing here, or it is not yours to see.", "notFound"),
        405 => ("This address does not take that method.", "methodNotAllowed"),
        413 => ("The request is too large.", "tooLarge"),
        415 => ("The request has a content type that is not understood here.", "unsupportedMediaType"),
        429 => ("Too many attempts; please wait a moment.", "tooManyRequests"),
        503 => ("The database is away; please try again in a moment.", "databaseAway"),
        _ => ("Something went wrong on the server.", "serverError"),
    };

    private sealed record Mark(ErrorShape Shape);
}
