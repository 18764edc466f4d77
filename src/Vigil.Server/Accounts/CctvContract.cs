using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>What all of `/v0/api/…` has in common: its tag, its errors, its instants, and that visitors have no part in the cameras.</summary>
internal static class CctvContract
{
    public const string Tag = "CCTV";
    public const int PageSize = 10;

    /// <summary>Routes about people: anybody who is signed in, or whoever the route lets in itself.</summary>
    public static RouteGroupBuilder MapCctvUsers(this IEndpointRouteBuilder routes, string path) =>
        routes.MapGroup("/v0/api" + path).WithErrorShape(ErrorShape.Cctv).WithTags(Tag);

    /// <summary>Routes about cameras: signed in and at least dev; for everybody else 401, as documented.</summary>
    public static RouteGroupBuilder MapCctv(this IEndpointRouteBuilder routes, string path = "")
    {
        var group = routes.MapGroup("/v0/api/cctv" + path).WithErrorShape(ErrorShape.Cctv).WithTags(Tag).RequireAuthorization().OpenToOutsiders();
        group.AddEndpointFilter(async (context, next) =>
            CurrentMember.Of(context.HttpContext) is { Role: >= ServerRole.Dev } ? await next(context) : Unauthorized());
        return group;
    }

    public static JsonHttpResult<JsonObject> Unauthorized() =>
        TypedResults.Json(new JsonObject { ["detail"] = "Unauthorized" }, statusCode: StatusCodes.Status401Unauthorized);

    /// <summary>Both spellings of an error: one of the two original servers said `detail`, the other `error`.</summary>
    public static JsonHttpResult<JsonObject> Fail(int status, string detail) =>
        TypedResults.Json(new JsonObject { ["detail"] = detail, ["error"] = detail }, statusCode: status);

    public static JsonHttpResult<JsonObject> BadRequest(string detail) => Fail(StatusCodes.Status400BadRequest, detail);

    public static JsonHttpResult<JsonObject> Forbidden(string detail = "You do not have permission to do this") => Fail(StatusCodes.Status403Forbidden, detail);

    public static JsonHttpResult<JsonObject> NotFound(string detail = "Not found") => Fail(StatusCodes.Status404NotFound, detail);

    public static JsonHttpResult<JsonObject> Conflict(string detail) => Fail(StatusCodes.Status409Conflict, detail);

    public static JsonHttpResult<JsonObject> TooMany() => Fail(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.");

    public static JsonObject Said(string message) => new() { ["message"] = message, ["success"] = true };

    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string? Instant(DateTimeOffset? at) => at is { } known ? Instant(known) : null;

    /// <summary>`{"items","count"}`: ten of a list, the page by `?page=`.</summary>
    public static JsonObject Page<T>(IReadOnlyList<T> all, int? page, Func<T, JsonObject> show) => new()
    {
        ["items"] = new JsonArray([.. all.Skip((Math.Clamp(page ?? 1, 1, 1_000_000) - 1) * PageSize).Take(PageSize).Select(show)]),
        ["count"] = all.Count,
    };
}
