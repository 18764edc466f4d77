using System.Net;
using System.Net.Http.Headers;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>
/// HTTP to one camera: every connection is checked by the <see cref="Dialer"/>, redirects are followed by us and checked again,
/// Digest and Basic are answered by us, and the password goes to no other host than its own.
/// </summary>
internal sealed class CameraHttp : IDisposable
{
    private const int MostRedirects = 3;

    private readonly Dialer dialer;
    private readonly StreamRequest request;
    private readonly TimeSpan answerTimeout;
    private readonly TimeProvider time;
    private readonly HttpClient client;
    private readonly AuthAnswer? auth;

    public CameraHttp(Dialer dialer, StreamRequest request, TimeSpan answerTimeout, TimeProvider time)
    {
        this.dialer = dialer;
        this.request = request;
        this.answerTimeout = answerTimeout;
        this.time = time;
        auth = string.IsNullOrEmpty(request.Username) ? null : new AuthAnswer(request.Username, request.Password ?? "");
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = dialer.ConnectHttpAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 2,
            MaxResponseHeadersLength = 16, // KB, as for RTSP.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
#pragma warning disable CA5359 // Camera certificates are self-signed; see Dialer.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>A successful answer whose headers are there; dispose it. Everything else is an <see cref="IngestException"/>.</summary>
    public async Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancel)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            var answer = await AuthorizedAsync(address, cancel);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            using (answer)
            {
                if ((int)answer.StatusCode is < 300 or >= 400 || answer.Headers.Location is not { } location)
                {
                    throw Refusal(answer.StatusCode);
                }

                address = new Uri(address, location);
                if (address.Scheme is not ("http" or "https"))
                {
                    throw new IngestException(FeedFailure.AddressDenied, "The camera sends us on to an address that is no web address.");
                }
            }
        }

        throw new IngestException(FeedFailure.ProtocolError, "The camera sends us from one address to the next without end.");
    }

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> AuthorizedAsync(Uri address, CancellationToken cancel)
    {
        var own = SameHost(address) ? auth : null;
        var answer = await SendAsync(address, own, cancel);
        for (var attempt = 0; answer.StatusCode == HttpStatusCode.Unauthorized && own is not null && attempt < 2; attempt++)
        {
            var offers = answer.Headers.WwwAuthenticate.Select(h => h.ToString()).ToList();
            var stale = offers.SelectMany(AuthChallenge.Parse).Any(c => c.IsStale);
            if ((attempt > 0 && !stale) || !own.Take(offers))
            {
                break;
            }

            answer.Dispose();
            answer = await SendAsync(address, own, cancel);
        }

        return answer;
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, AuthAnswer? own, CancellationToken cancel)
    {
        var verdict = dialer.Policy.Check(address);
        if (verdict != AddressVerdict.Allowed)
        {
            throw new IngestException(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
        }

        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("Vigil", null));
        if (own?.Header("GET", address.PathAndQuery) is { } authorization)
        {
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var limit = new CancellationTokenSource(answerTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, both.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IngestException(FeedFailure.NoAnswer, $"No answer from {address.Host}.");
        }
        catch (HttpRequestException failure)
        {
            throw failure.InnerException as IngestException ?? new IngestException(
                failure.HttpRequestError == HttpRequestError.ConnectionError ? FeedFailure.NoAnswer : FeedFailure.NotACamera,
                failure.HttpRequestError == HttpRequestError.ConnectionError
                    ? $"No answer from {address.Host}."
                    : "What answers there does not speak HTTP as a camera should.",
                failure);
        }
    }

    private bool SameHost(Uri address) => address.Host.Equals(request.Address.Host, StringComparison.OrdinalIgnoreCase);

    private IngestException Refusal(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => new IngestException(
            FeedFailure.WrongPassword,
            auth is null ? "The camera asks for a user name and a password." : "The camera refuses this user name and password."),
        HttpStatusCode.Forbidden => new IngestException(FeedFailure.WrongPassword, "The camera refuses this user name and password."),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new IngestException(
            FeedFailure.NoSuchStream, "The camera has no such stream: check the path of the address."),
        HttpStatusCode.ServiceUnavailable => new IngestException(FeedFailure.ProtocolError, "The camera is busy: it allows no more viewers."),
        _ => new IngestException(FeedFailure.ProtocolError, FormattableString.Invariant($"The camera refuses with status {(int)status}.")),
    };
}
