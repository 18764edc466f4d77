using Microsoft.AspNetCore.Http.HttpResults;

namespace Vigil.Server.Hosting;

/// <summary>Errors of our own API: problem details, with a `code` that the web app can switch on.</summary>
public static class Problems
{
    public static ProblemHttpResult Of(int status, string detail, string? code = null) =>
        TypedResults.Problem(detail, statusCode: status, extensions: code is null ? null : [new("code", code)]);

    public static ProblemHttpResult NotFound(string detail = "There is nothing here, or it is not yours to see.") =>
        Of(StatusCodes.Status404NotFound, detail, "notFound");

    public static ProblemHttpResult Forbidden(string detail = "You may not do this.") =>
        Of(StatusCodes.Status403Forbidden, detail, "forbidden");

    public static ProblemHttpResult Conflict(string detail, string? code = null) => Of(StatusCodes.Status409Conflict, detail, code);

    public static ProblemHttpResult BadRequest(string detail, string? code = null) => Of(StatusCodes.Status400BadRequest, detail, code);
}
