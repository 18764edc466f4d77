using System.Security.Cryptography;
using Vigil.Media.Ingest;
using Vigil.Protocols.Onvif;

namespace Vigil.Media.Onvif;

/// <summary>How a command to a camera went.</summary>
public enum PtzOutcome
{
    Done,

    /// <summary>No ONVIF service was found, or it moves nothing.</summary>
    CannotMove,
    NoAnswer,
    WrongPassword,

    /// <summary>It answered, and did not do it.</summary>
    Refused,
}

/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">Plain words without secrets; empty when done.</param>
public readonly record struct PtzResult(PtzOutcome Outcome, string Detail);

/// <summary>A place that is stored in a camera.</summary>
public sealed record PtzPlace(string Token, string Name);

/// <summary>
/// Moves one camera by ONVIF (Core, Media and PTZ Service Specifications). The camera names the addresses of its services; of these only path, and port where
/// the host is its own, are taken: every request goes to the host of the camera's stream, which is checked at each connection. One caller at a time.
/// Never throws for what the camera does.
/// </summary>
public sealed class PtzCamera : IDisposable
{
    /// <summary>Where cameras have their ONVIF service: most makes, some, TP-Link, XMEye, Dahua's and others' second.</summary>
    private static readonly int[] UsualPorts = [80, 8080, 2020, 8899, 8000];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan SearchPatience = TimeSpan.FromSeconds(2);

    private readonly CameraSource source;
    private readonly TimeProvider time;
    private readonly OnvifHttp http;
    private Found? found;

    internal PtzCamera(CameraSource source, Dialer dialer, TimeProvider time)
    {
        this.source = source;
        this.time = time;
        http = new OnvifHttp(dialer, source.Username, source.Password, time);
    }

    /// <summary>Looks for the service that moves the camera, and for the picture it belongs to. Again after anything but done.</summary>
    public async Task<PtzResult> FindAsync(CancellationToken cancel)
    {
        foreach (var device in Candidates(source.Address, source.OnvifPort))
        {
            try
            {
                if (await LookAsync(device, cancel) is { } here)
                {
                    found = here;
                    return new PtzResult(PtzOutcome.Done, "");
                }

                return new PtzResult(PtzOutcome.CannotMove, "The camera speaks ONVIF, but it cannot be moved.");
            }
            catch (IngestException failure) when (failure.Failure is FeedFailure.WrongPassword or FeedFailure.NameNotFound)
            {
                return Of(failure);
            }
            catch (IngestException)
            {
                // The next port.
            }
        }

        return new PtzResult(PtzOutcome.CannotMove, "The camera has no ONVIF service where such services usually are.");
    }

    /// <summary>Each between −1 and 1 of the top speed. The camera stops by itself after <paramref name="atMost"/>, if it keeps to the specification.</summary>
    public Task<PtzResult> MoveAsync(float pan, float tilt, float zoom, TimeSpan atMost, CancellationToken cancel) =>
        CommandAsync((token, profile) => OnvifRequest.ContinuousMove(token, profile, new PtzVelocity(pan, tilt, zoom), atMost), null, cancel);

    public Task<PtzResult> StopAsync(CancellationToken cancel) => CommandAsync(OnvifRequest.Stop, null, cancel);

    public Task<PtzResult> GoAsync(string place, CancellationToken cancel) =>
        CommandAsync((token, profile) => OnvifRequest.GotoPreset(token, profile, place), null, cancel);

    /// <summary>At most 64; none when the camera stores none, or does not say.</summary>
    public async Task<IReadOnlyList<PtzPlace>> PlacesAsync(CancellationToken cancel)
    {
        IReadOnlyList<PtzPlace> places = [];
        await CommandAsync(OnvifRequest.GetPresets, answer => places = [.. answer.Presets.Select(p => new PtzPlace(p.Token, p.Name))], cancel);
        return places;
    }

    public void Dispose() => http.Dispose();

    /// <summary>An address that the camera named, at the camera itself.</summary>
    internal static Uri AtCamera(Uri device, string? named)
    {
        if (!Uri.TryCreate(named, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return device;
        }

        // Behind a router a camera names an address that nobody reaches; a bad one names somebody else's.
        var own = uri.Host.Equals(device.Host, StringComparison.OrdinalIgnoreCase);
        return new UriBuilder
        {
            Scheme = own ? uri.Scheme : device.Scheme,
            Host = device.Host,
            Port = own ? uri.Port : device.Port,
            Path = uri.AbsolutePath,
            Query = uri.Query,
        }.Uri;
    }

    /// <summary>Where somebody said it is, and there alone; else where such services usually are.</summary>
    internal static IEnumerable<Uri> Candidates(Uri stream, int? told)
    {
        var ports = told is { } port ? [port] : stream.Scheme is "http" or "https" ? UsualPorts.Prepend(stream.Port) : UsualPorts;
        return ports.Distinct().Select(p => new UriBuilder(
            stream.Scheme == "https" && p == stream.Port ? "https" : "http", stream.Host, p, "/onvif/device_service").Uri);
    }

    /// <summary>Null when nothing there can be moved.</summary>
    private async Task<Found?> LookAsync(Uri device, CancellationToken cancel)
    {
        // Without a token: who asks is only said to what speaks ONVIF.
        var clock = await http.AskAsync(device, OnvifRequest.GetSystemDateAndTime(), SearchPatience, cancel);
        var ahead = clock.Clock is { } theirs ? theirs - time.GetUtcNow() : TimeSpan.Zero;
        var services = await http.AskAsync(device, OnvifRequest.GetCapabilities(null), Patience, cancel);
        if (services.IsFault)
        {
            services = await http.AskAsync(device, OnvifRequest.GetCapabilities(Token(ahead)), Patience, cancel);
        }

        Check(services);
        if (services.PtzAddress is not { } ptz)
        {
            return null;
        }

        var profiles = await http.AskAsync(AtCamera(device, services.MediaAddress), OnvifRequest.GetProfiles(Token(ahead)), Patience, cancel);
        Check(profiles);
        return profiles.Profiles.FirstOrDefault(p => p.CanMove) is { Token: { } profile } ? new Found(AtCamera(device, ptz), profile, ahead) : null;
    }

    private async Task<PtzResult> CommandAsync(Func<OnvifToken?, string, byte[]> request, Action<OnvifAnswer>? take, CancellationToken cancel)
    {
        if (found is null && await FindAsync(cancel) is { Outcome: not PtzOutcome.Done } missing)
        {
            return missing;
        }

        try
        {
            var (service, profile, ahead) = found!;
            var answer = await http.AskAsync(service, request(Token(ahead), profile), Patience, cancel);
            Check(answer);
            take?.Invoke(answer);
            return new PtzResult(PtzOutcome.Done, "");
        }
        catch (IngestException failure)
        {
            if (failure.Failure == FeedFailure.WrongPassword)
            {
                found = null; // Or its clock was set: both are asked for again.
            }

            return Of(failure);
        }
    }

    private OnvifToken? Token(TimeSpan ahead) => string.IsNullOrEmpty(source.Username)
        ? null
        : new OnvifToken(source.Username, source.Password ?? "", RandomNumberGenerator.GetBytes(16), time.GetUtcNow() + ahead);

    private static void Check(OnvifAnswer answer)
    {
        if (answer.IsFault)
        {
            throw answer.IsNotAuthorized ? OnvifHttp.Refused()
                : new IngestException(FeedFailure.ProtocolError, answer.FaultText.Length > 0 ? $"The camera says: {answer.FaultText}" : "The camera refuses.");
        }
    }

    private static PtzResult Of(IngestException failure) => new(
        failure.Failure switch
        {
            FeedFailure.WrongPassword => PtzOutcome.WrongPassword,
            FeedFailure.NoAnswer or FeedFailure.NameNotFound => PtzOutcome.NoAnswer,
            _ => PtzOutcome.Refused,
        },
        failure.Message);

    private sealed record Found(Uri Service, string Profile, TimeSpan ClockAhead);
}
