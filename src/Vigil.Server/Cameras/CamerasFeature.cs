using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Vigil.Media;
using Vigil.Server.Cameras.Ptz;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

public static class CamerasFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddCameras()
        {
            var services = builder.Services;
            services.AddOptions<CameraOptions>().Bind(builder.Configuration.GetSection(CameraOptions.Section)).ValidateOnStart();
            services.AddSingleton(provider => new MediaEngine(
                new MediaEngineOptions
                {
                    AllowLoopback = provider.GetRequiredService<IOptions<CameraOptions>>().Value.AllowLoopback,
                    OwnListeners = new OwnListeners(provider.GetRequiredService<IServer>()),
                    FfmpegPath = provider.GetRequiredService<IOptions<CameraOptions>>().Value.FfmpegPath,
                    RunAsUser = VigilPaths.MediaUser,
                    RuntimeDirectory = provider.GetRequiredService<VigilPaths>().Runtime,
                },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>()));
            services.AddSingleton<CameraRegistry>();
            services.AddSingleton<CameraSecrets>();
            services.AddSingleton<CameraDirectory>();
            services.AddSingleton<CameraFeeds>();
            services.AddSingleton<CameraGrants>();
            services.AddSingleton<CameraAccess>();
            services.AddSingleton<Granting>();
            services.AddSingleton<CameraLeases>();
            services.AddHostedService(provider => provider.GetRequiredService<CameraLeases>());
            services.AddSingleton<CameraDestinations>();
            services.AddSingleton<CameraChanges>();
            services.AddSingleton<CctvDoor>();
            services.AddSingleton<CameraProbes>();
            services.AddSingleton<CameraDiscovery>();
            services.AddSingleton<PtzDesk>();
            services.AddHostedService(provider => provider.GetRequiredService<PtzDesk>());
            services.AddHostedService<CameraSupervisor>();
            services.AddHostedService<DemoCameras>();
        }
    }

    extension(WebApplication app)
    {
        public void MapCameras()
        {
            CameraEndpoints.Map(app);
            AccessEndpoints.Map(app);
            PtzEndpoints.Map(app);
            CctvAccessEndpoints.Map(app);
            RoomCameraEndpoints.Map(app);
            DeviceEndpoints.Map(app);
            BabycamDevices.Map(app);
            CctvCameraEndpoints.Map(app);
            CctvConnectionEndpoints.Map(app);
        }
    }
}
