using Microsoft.Extensions.Options;

namespace Vigil.Server.Health;

public static class HealthFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddHealth()
        {
            var services = builder.Services;
            services.AddSingleton<ReadingTable>();
            services.AddSingleton<ReadingBuckets>();
            services.AddSingleton<ReadingQueue>();
            services.AddSingleton<HealthSettings>();
            services.AddSingleton<ReadingDesk>();
            services.AddSingleton<UploadedClips>();
            services.AddSingleton<HealthSocket>();
            services.AddSingleton<HealthCleaning>();
            services.AddHostedService(provider => provider.GetRequiredService<HealthCleaning>());
            services.AddOptions<HealthOptions>().BindConfiguration("Health").ValidateOnStart();
            services.AddSingleton<IValidateOptions<HealthOptions>, HealthOptionsValidator>();
        }
    }

    extension(WebApplication app)
    {
        public void MapHealth()
        {
            HealthRecordEndpoints.Map(app);
            HealthSocket.Map(app);
            HealthEndpoints.Map(app);
        }
    }
}
