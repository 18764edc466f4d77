using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Vigil.Server.Hosting.Https;

internal static class HttpsSetup
{
    public static void AddHttps(this IServiceCollection services)
    {
        services.AddOptions<HttpsOptions>().BindConfiguration("Https");
        services.AddSingleton<OwnNames>();
        services.AddSingleton<SecureOrigin>();
        services.AddSingleton<ServerCertificate>();
        services.AddHostedService(provider => provider.GetRequiredService<ServerCertificate>());
        services.AddOptions<KestrelServerOptions>().Configure<ServerCertificate>((kestrel, certificate) =>
        {
            // The same protocol on both ports: pages behave alike, and sockets open with a GET everywhere.
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificateSelector = (_, _) => certificate.Current?.TargetCertificate;
                // The context carries the chain; selected by certificate alone, each handshake would build it anew.
                https.OnAuthenticate = (_, handshake) =>
                {
                    if (certificate.Current is { } current)
                    {
                        handshake.ServerCertificateSelectionCallback = null;
                        handshake.ServerCertificateContext = current;
                    }
                };
            });
        });
    }
}
