using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Vigil.Server.Hosting;

/// <summary>
/// Serves the built web app under /app: files, and the same page for every address that is not one. Works without a database: a page that can say what is wrong beats no page.
/// Contract paths never fall back to HTML.
/// </summary>
internal static class WebApp
{
    public static void UseWebApp(this WebApplication app)
    {
        if (FindRoot(app.Configuration) is not { } root)
        {
            app.Map("/app", static branch => branch.Run(static context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return context.Response.WriteAsync("The web app is not built: run ./vigil up without --no-build.");
            }));
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
            // A missing script or picture is a plain 404, not a page.
            if (request.Path.StartsWithSegments("/app", out var rest) && RequestRules.IsSafe(request.Method)
                && !rest.StartsWithSegments("/assets") && !Path.HasExtension(rest.Value)
                && files.GetFileInfo("index.html") is { Exists: true } index)
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                context.Response.Headers.CacheControl = "no-cache";
                await context.Response.SendFileAsync(index, context.RequestAborted);
                return;
            }

            if (request.Path.StartsWithSegments("/app"))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
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
