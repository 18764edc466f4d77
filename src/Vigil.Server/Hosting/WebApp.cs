using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Vigil.Server.Hosting;

/// <summary>Serves the built web app under /app. Works without a database: a page that can say what is wrong beats no page.</summary>
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
                // Vite puts a content hash into the names below assets/; everything else must be asked for again.
                context.Context.Response.Headers.CacheControl = context.Context.Request.Path.StartsWithSegments("/app/assets")
                    ? "public, max-age=31536000, immutable"
                    : "no-cache",
        });
        // Any other page address is a view of the app; a missing script or picture is a plain 404.
        app.Use(async (context, next) =>
        {
            var request = context.Request;
            if (request.Path.StartsWithSegments("/app", out var rest) && RequestRules.IsSafe(request.Method)
                && !rest.StartsWithSegments("/assets") && files.GetFileInfo("index.html") is { Exists: true } index)
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
