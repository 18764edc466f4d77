using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

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

    /// <summary>What the framework leaves out: a sentence, and error keys spelt like the JSON they are about.</summary>
    internal static void Complete(ProblemDetails problem)
    {
        if (problem is HttpValidationProblemDetails { Errors: { } errors })
        {
            foreach (var (name, messages) in errors.ToList())
            {
                errors.Remove(name);
                errors[string.Join('.', name.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName))] = messages;
            }

            problem.Detail ??= errors.Values.SelectMany(messages => messages).FirstOrDefault();
            problem.Extensions.TryAdd("code", "validation");
        }

        problem.Detail ??= problem.Status is { } status ? ErrorShapes.Words(status).Detail : null;
    }

    public static ProblemHttpResult BadRequest(string detail, string? code = null) => Of(StatusCodes.Status400BadRequest, detail, code);
}
