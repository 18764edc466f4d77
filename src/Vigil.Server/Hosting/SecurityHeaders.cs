using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Hosting;

/// <summary>Headers on every answer. The policy fits the web app: own scripts only, pictures and media also from blobs, workers from blobs.</summary>
internal static class SecurityHeaders
{
    private const string AppPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
        + "worker-src 'self' blob:; connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // The documentation viewers put their start script and styles into the page.
    private const string DocsPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:; "
        + "font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>On http, the page may ask whether this device trusts our https.</summary>
    private static string AppPolicyFor(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/app") && !http.Request.IsHttps
            && http.RequestServices.GetRequiredService<RequestRules>().IsHostAllowed(http.Request.Host)
            && http.RequestServices.GetRequiredService<SecureOrigin>().Of(http.Request) is { } secure
            ? AppPolicy.Replace("connect-src 'self'", $"connect-src 'self' {secure}", StringComparison.Ordinal)
            : AppPolicy;

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var http = (HttpContext)state;
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            if (http.Request.IsHttps)
            {
                // Over http browsers ignore it, and complain on the page's console.
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
            }

            headers["Permissions-Policy"] = "geolocation=(), payment=(), usb=()";
            if (!headers.ContainsKey("Cross-Origin-Resource-Policy"))
            {
                headers["Cross-Origin-Resource-Policy"] = headers.ContainsKey("Access-Control-Allow-Origin") ? "cross-origin" : "same-site";
            }

            if (headers.ContentSecurityPolicy.Count == 0)
            {
                headers.ContentSecurityPolicy = ApiDocs.IsDocsPath(http.Request.Path) ? DocsPolicy : AppPolicyFor(http);
            }

            headers.XFrameOptions = "DENY";
            if (!headers.ContainsKey("Cache-Control"))
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    });
}
