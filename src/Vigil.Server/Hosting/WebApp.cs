using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Vigil.Server.Hosting;

/// <summary>
/// Serves the built web app: its files at the root, its pages under /app. Works without a database: a page that can say what is wrong beats no page.
/// Contract paths never fall back to HTML.
/// </summary>
internal static class WebApp
{
    public static void UseWebApp(this WebApplication app)
    {
        if (FindRoot(app.Configuration) is not { } root)
        {
            return;
        }

        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".webmanifest"] = "application/manifest+json";
        var files = new PhysicalFileProvider(root);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            RequestPath = "/app",
            ContentTypeProvider = types,
            OnPrepareResponse = static context =>
                // The names below assets/ carry a hash of their content; everything else must be asked for again.
                context.Context.Response.Headers.CacheControl = context.Context.Request.Path.StartsWithSegments("/app/assets")
                    ? "public, max-age=31536000, immutable"
                    : "no-cache",
        });
        app.Use(async (context, next) =>
        {
            var request = context.Request;
            // Any other page address is a view of the app; a missing script is a plain 404.
            if (request.Path.StartsWithSegments("/app", out var rest) && !rest.StartsWithSegments("/assets")
                && RequestRules.IsSafe(request.Method) && files.GetFileInfo("index.html") is { Exists: true } index)
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                context.Response.Headers.CacheControl = "no-cache";
                await context.Response.SendFileAsync(index, context.RequestAborted);
                return;
            }

            await next(context);
        });
    }

    private static string? FindRoot(IConfiguration configuration)
    {
        string?[] places = [configuration["Web"], Path.Combine(AppContext.BaseDirectory, "web"), Path.GetFullPath("web/dist")];
        return places.FirstOrDefault(place => !string.IsNullOrEmpty(place) && Directory.Exists(place)) is { } found ? Path.GetFullPath(found) : null;
    }
}
