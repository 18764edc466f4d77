using Microsoft.Extensions.Options;
using Vigil.Media.Live;
using Vigil.Media.Recording;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings.OffSite;
using Vigil.Server.Recordings.Retention;
using Vigil.Server.Recordings.Schedules;
using Vigil.Server.Recordings.Store;

namespace Vigil.Server.Recordings;

public static class RecordingsFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddRecordings()
        {
            var services = builder.Services;
            services.AddOptions<RecordingOptions>().Bind(builder.Configuration.GetSection(RecordingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton(provider => new UsualRetention(provider.GetRequiredService<IOptions<RecordingOptions>>().Value.KeepHours));
            services.AddSingleton<ISegmentDisk>(provider => new PosixSegmentDisk(provider.GetRequiredService<VigilPaths>().Segments));
            services.AddSingleton(provider =>
            {
                var pulse = provider.GetRequiredService<Pulses>().Register("recorder", TimeSpan.FromSeconds(30));
                return new Recorder(
                    new RecorderOptions
                    {
                        Root = provider.GetRequiredService<VigilPaths>().Segments,
                        ReserveBytes = provider.GetRequiredService<IOptions<RecordingOptions>>().Value.ReserveBytes,
                        Beat = pulse.Beat,
                    },
                    provider.GetRequiredService<ISegmentDisk>(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILoggerFactory>());
            });
            services.AddSingleton(provider => new PlayableClips(
                provider.GetRequiredService<VigilPaths>().Segments,
                provider.GetRequiredService<TranscodeBudget>(),
                provider.GetRequiredService<LiveOptions>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>()));
            services.AddSingleton<SegmentTable>();
            services.AddSingleton<StoreMarker>();
            services.AddSingleton<FootageTrouble>();
            services.AddSingleton<MissingFootage>();
            services.AddSingleton<DiskComparison>();
            services.AddSingleton<SegmentIndex>();
            services.AddHostedService(provider => provider.GetRequiredService<SegmentIndex>());
            services.AddSingleton<RecordingTable>();
            services.AddSingleton<RecordingSpool>();
            services.AddSingleton<RecordingBook>();
            services.AddSingleton<OpenClips>();
            services.AddSingleton<FootageFiles>();
            services.AddSingleton<FootageThumbnails>();
            services.AddSingleton<RecordingAccess>();
            services.AddSingleton<RecordingViews>();
            services.AddSingleton<RecordingRemoval>();
            services.AddSingleton<RecordingCounts>();
            services.AddSingleton<CctvRecordings>();
            services.AddSingleton<CctvRecordingJson>();
            services.AddHostedService<RecordingKeeper>();
            services.AddHostedService<CameraRecording>();
            services.AddOptions<OffSiteOptions>().Bind(builder.Configuration.GetSection(OffSiteOptions.Section));
            services.AddSingleton<OffSiteTable>();
            services.AddSingleton<OffSiteCopier>();
            services.AddHostedService(provider => provider.GetRequiredService<OffSiteCopier>());
            services.AddSingleton<RetentionTable>();
            services.AddSingleton<RetentionHold>();
            services.AddHostedService<RetentionSweep>();
            services.AddSingleton<ScheduleTable>();
            services.AddSingleton<ScheduleDirectory>();
            services.AddHostedService<ScheduleReader>();
            services.AddHostedService<ScheduleReconciler>();
        }
    }

    extension(WebApplication app)
    {
        public void MapRecordings()
        {
            ClipEndpoints.Map(app);
            RecordingEndpoints.Map(app);
            FootageEndpoints.Map(app);
            CameraHealthEndpoints.Map(app);
            ScheduleEndpoints.Map(app);
            CctvCameraListEndpoints.Map(app);
            CctvControlEndpoints.Map(app);
            CctvRecordingEndpoints.Map(app);
            CctvScheduleEndpoints.Map(app);
            CctvDashboardEndpoints.Map(app);
            CctvClientEndpoints.Map(app);
            RetentionEndpoints.Map(app);
            OffSiteEndpoints.Map(app);
        }
    }
}
