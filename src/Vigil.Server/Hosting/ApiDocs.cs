using Microsoft.OpenApi;

namespace Vigil.Server.Hosting;

/// <summary>One OpenAPI document; every documented address of every predecessor shows it.</summary>
internal static class ApiDocs
{
    public const string Document = "/openapi/v1.json";
    private static readonly string[] SwaggerUi = ["docs", "api/schema/swagger-ui"];
    private static readonly string[] ReDoc = ["redoc", "api/schema/redoc"];

    private const string ReDocPage =
        """
        <!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8">
            <title>Vigil API</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
          </head>
          <body>
            <redoc spec-url="/openapi/v1.json" disable-google-font="true"></redoc>
            <script src="redoc.standalone.js"></script>
          </body>
        </html>
        """;

    public static bool IsDocsPath(PathString path) => SwaggerUi.Concat(ReDoc).Any(prefix => path.StartsWithSegments("/" + prefix));

    public static void AddApiDocs(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Vigil",
                Version = "1",
                Description = "Cameras, sound and alerts of one household. Sign in with POST /api/v1/session (cookie) or use a Bearer token.",
            };
            document.Servers?.Clear();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
                ["cookie"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "vigil" },
            };
            return Task.CompletedTask;
        });
        // Our own converter writes times, so the generator cannot know that they are texts.
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(DateTimeOffset))
            {
                schema.Type = JsonSchemaType.String;
            }
            else if (context.JsonTypeInfo.Type == typeof(DateTimeOffset?))
            {
                schema.Type = JsonSchemaType.String | JsonSchemaType.Null;
            }

            return Task.CompletedTask;
        });
    });

    /// <summary>Before routing, so that strangers may read the documentation too.</summary>
    public static void UseApiDocs(this WebApplication app)
    {
        foreach (var prefix in SwaggerUi)
        {
            app.UseSwaggerUI(ui =>
            {
                ui.RoutePrefix = prefix;
                ui.SwaggerEndpoint(Document, "Vigil");
                ui.DocumentTitle = "Vigil API";
            });
        }

        foreach (var prefix in ReDoc)
        {
            app.UseReDoc(ui =>
            {
                ui.RoutePrefix = prefix;
                // The page that comes with it would fetch fonts from elsewhere.
                ui.IndexStream = static () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(ReDocPage));
            });
        }
    }

    public static void MapApiDocs(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes.MapGet("/api/schema", () => Results.Redirect(Document)).AllowAnonymous().ExcludeFromDescription();
    }
}
