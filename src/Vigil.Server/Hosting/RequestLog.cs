namespace Vigil.Server.Hosting;

/// <summary>Our own request line: method, route, status, time. Never the query, never a body, never an address.</summary>
internal sealed partial class RequestLog(RequestDelegate next, TimeProvider time, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var status = context.Response.StatusCode;
            // Paths of media and ids are fine; a path that matched nothing may be anything a stranger typed, so it stays out.
            var path = context.GetEndpoint() is RouteEndpoint route ? route.RoutePattern.RawText ?? "" : "(no route)";
            if (status >= 500)
            {
                LogFailed(context.Request.Method, path, status, time.GetElapsedTime(started).TotalMilliseconds);
            }
            else
            {
                LogRequest(context.Request.Method, path, status, time.GetElapsedTime(started).TotalMilliseconds);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path} {Status} in {Milliseconds:0.0} ms")]
    private partial void LogRequest(string method, string path, int status, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} {Status} in {Milliseconds:0.0} ms")]
    private partial void LogFailed(string method, string path, int status, double milliseconds);
}
