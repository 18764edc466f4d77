using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Hosting;

/// <summary>Pure decisions about who may talk to us through a browser: the Host allow-list, origins, and requests that carry only a cookie.</summary>
public sealed class RequestRules(HostingOptions options)
{
    private readonly HashSet<string> _names = new(
        options.Hosts.Append("localhost").Append(Environment.MachineName).Append($"{Environment.MachineName}.local"), StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _origins = new(options.AllowedOrigins.Select(origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>IP literals cannot be rebound; names must be known.</summary>
    public bool IsHostAllowed(HostString host) =>
        host.HasValue && (IPAddress.TryParse(host.Host.Trim('[', ']'), out _) || _names.Contains(host.Host.TrimEnd('.')));

    public bool IsForeignOriginAllowed(string origin) => _origins.Contains(origin);

    /// <summary>Our own page (same scheme, host and port), or one of the configured ones.</summary>
    public bool IsOriginAllowed(string origin, string scheme, HostString host) =>
        string.Equals(origin, $"{scheme}://{host.Value}", StringComparison.OrdinalIgnoreCase) || IsForeignOriginAllowed(origin);

    /// <summary>
    /// A cookie travels by itself, so the request must show where it was made. Browsers say so (Origin, or Sec-Fetch-Site) whenever something changes or
    /// a socket opens; a plain GET changes nothing, and over http browsers send neither header with it.
    /// </summary>
    public static bool MayActByCookie(string method, bool isWebSocket, bool hasOrigin, string? fetchSite, string? fetchMode) =>
        hasOrigin || fetchSite == "same-origin" || (!isWebSocket && IsSafe(method) && (fetchSite is null or "" or "none" || fetchMode == "navigate"));

    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}

/// <summary>Applies <see cref="RequestRules"/> before anything else looks at the request.</summary>
internal sealed class RequestGate(RequestDelegate next, RequestRules rules)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!rules.IsHostAllowed(request.Host))
        {
            await ErrorShapes.WriteAsync(
                context, StatusCodes.Status400BadRequest,
                "This server does not go by that name. Add it to the setting Hosting:Hosts, or use the address.", "unknownHost");
            return;
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
        {
            if (!rules.IsOriginAllowed(origin, request.Scheme, request.Host))
            {
                await ErrorShapes.WriteAsync(
                    context, StatusCodes.Status403Forbidden,
                    "Requests from that web page are not allowed. Behind a proxy, name it in Hosting:Proxies; for another page, add it to Hosting:AllowedOrigins.",
                    "foreignOrigin");
                return;
            }

            if (rules.IsForeignOriginAllowed(origin))
            {
                var headers = context.Response.Headers;
                headers.AccessControlAllowOrigin = origin;
                headers.AccessControlAllowCredentials = "true";
                headers.AccessControlExposeHeaders = "Location, ETag, Link, Accept-Patch, Retry-After"; // A WHIP client ends its session by Location.
                headers.Append("Vary", "Origin");
                if (HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey("Access-Control-Request-Method"))
                {
                    headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";
                    headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders.ToString();
                    headers.AccessControlMaxAge = "600";
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                    return;
                }
            }
        }

        await next(context);
    }
}

/// <summary>Refuses requests that would act by cookie alone without showing where they were made. Runs after authentication.</summary>
internal sealed class CookieOriginRule(RequestDelegate next)
{
    /// <summary>Not by cookie alone, or from a page that says where it is. Routes that strangers may call ask themselves before they act for a member.</summary>
    public static bool MayAct(HttpContext context) =>
        context.Features.Get<SignedInByCookie>() is null
        || RequestRules.MayActByCookie(
            context.Request.Method, context.WebSockets.IsWebSocketRequest, context.Request.Headers.Origin.Count > 0,
            context.Request.Headers["Sec-Fetch-Site"].ToString(), context.Request.Headers["Sec-Fetch-Mode"].ToString());

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null && !MayAct(context))
        {
            await ErrorShapes.WriteAsync(
                context, StatusCodes.Status403Forbidden,
                "A request with a cookie must say which page it comes from (Origin). Programs use a Bearer token instead.", "originMissing");
            return;
        }

        await next(context);
    }
}

/// <summary>Set by authentication when the cookie, and not a token, signed the request in.</summary>
public sealed class SignedInByCookie
{
    public static readonly SignedInByCookie Mark = new();
}

internal static class RequestGateSetup
{
    public static void AddRequestRules(this IServiceCollection services) =>
        services.AddSingleton(provider => new RequestRules(provider.GetRequiredService<IOptions<HostingOptions>>().Value));
}
