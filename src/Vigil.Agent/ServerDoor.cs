using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Vigil.Agent;

/// <summary>What the server answered to an offer.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Sdp">The answer, when it was created.</param>
/// <param name="Session">The session's resource.</param>
/// <param name="Words">Why not, for people.</param>
internal sealed record WhipAnswer(HttpStatusCode Status, string Sdp, Uri? Session, string Words);

/// <summary>A code to be typed, or scanned, by whoever pairs the device.</summary>
internal sealed record PairingCode(string Code, string Url, TimeSpan Lifetime);

/// <summary>The requests of a device: registration, codes, and WHIP. Secrets go in headers, never in addresses.</summary>
internal sealed class ServerDoor : IDisposable
{
    private readonly SocketsHttpHandler handler;
    private readonly HttpClient http;

    public ServerDoor(AgentSettings settings)
    {
        handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (settings.Authority is { } file)
        {
            var trusted = X509Certificate2Collection(file);
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck, // A house has no revocation service.
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        http = new HttpClient(handler, disposeHandler: false) { BaseAddress = settings.Server, Timeout = TimeSpan.FromSeconds(20) };
        Invoker = new HttpMessageInvoker(handler, disposeHandler: false);
    }

    /// <summary>For WebSockets, which then trust whom the requests trust.</summary>
    public HttpMessageInvoker Invoker { get; }

    /// <param name="id">What the device calls itself.</param>
    /// <param name="name">For people.</param>
    /// <param name="type">"publisher" sends through the server, everything else straight to its viewers.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task RegisterAsync(string id, string name, string type, CancellationToken cancel)
    {
        using var body = JsonContent.Create(
            new Dictionary<string, string> { ["device_id"] = id, ["device_name"] = name, ["device_type"] = type }, AgentMessages.Default.DictionaryStringString);
        using var answer = await http.PostAsync(new Uri("api/devices/register", UriKind.Relative), body, cancel);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<PairingCode> CodeAsync(AgentState state, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"api/pairing/generate?device_id={Uri.EscapeDataString(state.DeviceId)}", UriKind.Relative));
        request.Headers.Add("X-Device-Secret", state.Secret);
        using var answer = await http.SendAsync(request, cancel);
        answer.EnsureSuccessStatusCode();
        using var made = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), default, cancel);
        return new PairingCode(
            made.RootElement.GetProperty("code").GetString() ?? "",
            made.RootElement.TryGetProperty("pair_url", out var url) ? url.GetString() ?? "" : "",
            TimeSpan.FromSeconds(made.RootElement.GetProperty("ttl").GetInt32()));
    }

    /// <param name="camera">Which camera.</param>
    /// <param name="key">Its key.</param>
    /// <param name="offer">A session description.</param>
    /// <param name="again">Comes back by itself: another device of the same room keeps its place.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<WhipAnswer> OfferAsync(int camera, string key, string offer, bool again, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"api/v1/cameras/{camera}/whip{(again ? "?again=true" : "")}", UriKind.Relative));
        request.Content = new StringContent(offer, Encoding.UTF8, "application/sdp");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.StatusCode == HttpStatusCode.Created
            ? new WhipAnswer(answer.StatusCode, text, answer.Headers.Location, "")
            : new WhipAnswer(answer.StatusCode, "", null, Words(text));
    }

    /// <summary>Ends a session; that it has ended already is as good.</summary>
    public async Task LeaveAsync(Uri session, string key, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, session);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.SendAsync(request, cancel);
    }

    public void Dispose()
    {
        http.Dispose();
        Invoker.Dispose();
        handler.Dispose();
    }

    private static X509Certificate2Collection X509Certificate2Collection(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return all;
    }

    private static string Words(string problem)
    {
        try
        {
            using var read = JsonDocument.Parse(problem);
            return read.RootElement.ValueKind == JsonValueKind.Object && read.RootElement.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String ? detail.GetString() ?? "" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
