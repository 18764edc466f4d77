using Npgsql;
using Vigil.Server.Database;

namespace Vigil.Server.Hosting;

/// <summary>The one place where an exception becomes an answer, and where an error without a body gets its area's body.</summary>
internal sealed partial class ErrorAnswers(RequestDelegate next, DatabaseState database, ILogger<ErrorAnswers> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception problem) when (!context.Response.HasStarted)
        {
            var status = StatusFor(problem);
            if (status >= 500 && status != StatusCodes.Status503ServiceUnavailable)
            {
                LogFailed(problem, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "no endpoint");
            }

            var headers = context.Response.Headers;
            var kept = headers.Where(header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) || header.Key == "Vary").ToList();
            context.Response.Clear();
            kept.ForEach(header => headers[header.Key] = header.Value);
            context.Response.StatusCode = status;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 })
        {
            var status = context.Response.StatusCode;
            if (status == StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.RetryAfter = "3";
            }

            var (detail, code) = ErrorShapes.Words(status);
            await ErrorShapes.WriteAsync(context, status, detail, code);
        }
    }

    private int StatusFor(Exception problem) => problem switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        DatabaseAwayException => StatusCodes.Status503ServiceUnavailable,
        // It is being started: it answers, but has not been migrated yet.
        NpgsqlException when !database.IsAvailable => StatusCodes.Status503ServiceUnavailable,
        // Text with a NUL, which PostgreSQL cannot store: the caller's fault.
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } => StatusCodes.Status400BadRequest,
        PostgresException { IsTransient: false } => StatusCodes.Status500InternalServerError,
        NpgsqlException => StatusCodes.Status503ServiceUnavailable,
        // Npgsql: the pool was disposed or has no connector while the server shuts down or the database restarts.
        ObjectDisposedException { ObjectName: { } name } when name.Contains("Npgsql", StringComparison.Ordinal) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed.")]
    private partial void LogFailed(Exception problem, string method, string endpoint);
}
