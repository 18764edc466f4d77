using System.Diagnostics.Metrics;

namespace Vigil.Server.Hosting;

/// <summary>What the server loses in memory, for whoever listens to the meter <c>Vigil.Server</c>.</summary>
internal static class ServerMeter
{
    public const string Name = "Vigil.Server";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Announcements = Meter.CreateCounter<long>(
        "vigil.server.announcements_lost", "{announcement}", "Announcements lost to a listener because it was too slow; the truth is elsewhere.");

    public static void AnnouncementLost(string kind) => Announcements.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
