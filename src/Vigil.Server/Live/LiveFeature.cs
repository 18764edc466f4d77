using Microsoft.Extensions.Options;
using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Media.WebRtc;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Live.Signaling;

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
            services.AddOptions<WebRtcSettings>().Bind(builder.Configuration.GetSection(WebRtcSettings.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton(provider => new WebRtcSessions(
                provider.GetRequiredService<IOptions<WebRtcSettings>>().Value.ToOptions(
                    builder.Configuration["Urls"], BeatOf(provider.GetRequiredService<Pulses>())),
                provider.GetRequiredService<MediaEngine>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>(),
                new WebRtcSound
                {
                    Tap = new SoundTapOptions { FfmpegPath = provider.GetRequiredService<LiveOptions>().FfmpegPath, RunAsUser = VigilPaths.MediaUser },
                    Budget = provider.GetRequiredService<TranscodeBudget>(),
                }));
            services.AddSingleton<WebRtcLeases>();
            services.AddHostedService(provider => provider.GetRequiredService<WebRtcLeases>());
            services.AddSingleton<IceLinks>();
            services.AddSingleton<LiveCameras>();
            services.AddSingleton<LiveViewSocket>();
            services.AddSingleton<Watchers>();
            services.AddSingleton<StreamTable>();
            services.AddHostedService<StreamLog>();
            services.AddSingleton<CctvStreams>();
            services.AddSingleton<RoomPhones>();
            services.AddSingleton<Talks>();
            services.AddSingleton<Lullabies>();
            services.AddSingleton<LullabyFiles>();
            services.AddSingleton<RoomSocket>();
            SignalingFeature.Add(builder);
        }
    }

    /// <summary>Begins with the first beat: where OpenSSL is missing nothing runs, and that is told in other words.</summary>
    private static Action BeatOf(Pulses pulses)
    {
        Pulse? pulse = null;
        return () => (pulse ??= pulses.Register("webrtc transport", TimeSpan.FromSeconds(30))).Beat();
    }

    extension(WebApplication app)
    {
        public void MapLive()
        {
            LiveViewSocket.Map(app);
            HlsEndpoints.Map(app);
            PictureEndpoints.Map(app);
            WebRtcEndpoints.Map(app);
            TalkEndpoints.Map(app);
            LullabyEndpoints.Map(app);
            LullabyFileEndpoints.Map(app);
            RoomSocket.Map(app);
            SignalingFeature.Map(app);
            ViewerEndpoints.Map(app);
            CctvStreamEndpoints.Map(app);
            CctvStreamStateEndpoints.Map(app);
            CctvSessionListEndpoints.Map(app);
        }
    }
}
