using Microsoft.Extensions.Options;
using Vigil.Media.Live;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

public static class LiveFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddLive()
        {
            var services = builder.Services;
            services.AddSingleton(new TranscodeBudget(Environment.ProcessorCount));
            services.AddSingleton(provider => new LiveOptions
            {
                FfmpegPath = provider.GetRequiredService<IOptions<CameraOptions>>().Value.FfmpegPath,
                RunAsUser = VigilPaths.MediaUser,
            });
            services.AddSingleton<LiveCameras>();
            services.AddSingleton<LiveViewSocket>();
        }
    }

    extension(WebApplication app)
    {
        public void MapLive()
        {
            LiveViewSocket.Map(app);
            HlsEndpoints.Map(app);
            PictureEndpoints.Map(app);
        }
    }
}
