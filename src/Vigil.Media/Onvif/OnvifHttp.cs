using System.Net;
using System.Net.Http.Headers;
using Vigil.Media.Ingest;
using Vigil.Protocols.Onvif;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Onvif;

/// <summary>
/// SOAP over HTTP to one camera. Every connection is checked by the <see cref="Dialer"/>; a redirect is refused, since no camera needs one; an answer
/// has a largest size and all of it a time limit. HTTP Digest is answered, Basic is not: it would send the password.
/// </summary>
internal sealed class OnvifHttp : IDisposable
{
    private readonly Dialer dialer;
    private readonly AuthAnswer? auth;
    private readonly TimeProvider time;
    private readonly HttpClient client;

    public OnvifHttp(Dialer dialer, string? username, string? password, TimeProvider time)
    {
        this.dialer = dialer;
        this.time = time;
        auth = string.IsNullOrEmpty(username) ? null : new AuthAnswer(username, password ?? "");
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = dialer.ConnectHttpAsync,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 2,
            MaxResponseHeadersLength = 16, // KB, as for RTSP.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5), // Cameras close early and say nothing of it.
        };
#pragma warning disable CA5359 // Camera certificates are self-signed; see Dialer.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The answer, also when it is a fault. Everything that is no ONVIF answer is an <see cref="IngestException"/>.</summary>
    public async Task<OnvifAnswer> AskAsync(Uri address, byte[] request, TimeSpan patience, CancellationToken cancel)
    {
        var verdict = dialer.Policy.Check(address);
        if (verdict != AddressVerdict.Allowed)
        {
            throw new IngestException(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
        }

        using var limit = new CancellationTokenSource(patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            var answer = await SendAsync(address, request, both.Token);
            if (answer.StatusCode == HttpStatusCode.Unauthorized && auth is not null && TakeDigest(answer))
            {
                answer.Dispose();
                answer = await SendAsync(address, request, both.Token);
            }

            using (answer)
            {
                return await ReadAsync(answer, both.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IngestException(FeedFailure.NoAnswer, $"No answer from {address.Host}.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw failure.InnerException as IngestException ?? new IngestException(FeedFailure.NoAnswer, $"No answer from {address.Host}.", failure);
        }
    }

    public void Dispose() => client.Dispose();

    private bool TakeDigest(HttpResponseMessage answer)
    {
        var offers = answer.Headers.WwwAuthenticate.Select(h => h.ToString()).Where(h => AuthChallenge.Parse(h).Any(c => c.IsDigest)).ToList();
        return offers.Count > 0 && auth!.Take(offers);
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, byte[] request, CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(request) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/soap+xml", "utf-8");
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("Vigil", null));
        if (auth?.Header("POST", address.PathAndQuery) is { } authorization)
        {
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    private static async Task<OnvifAnswer> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        if ((int)answer.StatusCode is >= 300 and < 400)
        {
            throw new IngestException(FeedFailure.AddressDenied, "The camera sends us on to another address.");
        }

        var buffer = new byte[OnvifAnswer.Longest + 1];
        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        if (OnvifAnswer.TryParse(buffer.AsSpan(0, length), out var parsed) == OnvifParseError.None)
        {
            return parsed; // Faults come with 400 or 500.
        }

        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused(),
            _ => new IngestException(FeedFailure.NotACamera, "What answers there does not speak ONVIF."),
        };
    }

    internal static IngestException Refused() => new(FeedFailure.WrongPassword, "The camera refuses this user name and password for moving it (ONVIF).");
}
