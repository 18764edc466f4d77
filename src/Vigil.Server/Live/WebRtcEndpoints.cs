using System.Net;
using System.Text;
using Vigil.Media.Live;
using Vigil.Media.WebRtc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>
/// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): an offer comes by POST, the answer goes back, and the session is a resource that
/// DELETE ends. Candidates need no trickling: the server is ICE-lite and its own are all in the answer.
/// </summary>
internal static class WebRtcEndpoints
{
    private const string Sdp = "application/sdp";
    private const int LongestOffer = 128 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}").WithTags("Live");
        camera.MapPost("/whep", Watch).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Watch by WebRTC (WHEP)")
            .Produces<string>(StatusCodes.Status201Created, Sdp);
        camera.MapPost("/whip", Publish).RequirePublisher().WithSummary("Publish by WebRTC (WHIP)")
            .Produces<string>(StatusCodes.Status201Created, Sdp);
        camera.MapDelete("/whep/{session}", End).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Stop watching");
        camera.MapDelete("/whip/{session}", End).RequirePublisher().WithSummary("Stop publishing");
        camera.MapPatch("/whep/{session}", Trickle).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Candidates of the viewer; not needed");
        camera.MapPatch("/whip/{session}", Trickle).RequirePublisher().WithSummary("Candidates of the publisher; not needed");
    }

    private static async Task<IResult> Watch(
        int id, HttpContext http, CurrentMember member, CameraFeeds feeds, WebRtcSessions webRtc, WebRtcLeases leases, LiveQuality quality = LiveQuality.Main)
    {
        if (await ReadOfferAsync(http) is not { } offer)
        {
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "Send the offer as application/sdp of at most 128 kB.", "notSdp");
        }

        if (feeds.Open(id) is not { } feed)
        {
            return HlsEndpoints.Paused();
        }

        var result = webRtc.Watch(quality == LiveQuality.Sub ? feed.Sub : feed.Main, offer, IsLocal(http));
        return Created(http, result, () => leases.Add(id, result.SessionId, member, CameraNeed.View));
    }

    private static async Task<IResult> Publish(
        int id, HttpContext http, CameraDirectory cameras, CameraFeeds feeds, WebRtcSessions webRtc, WebRtcLeases leases, TimeProvider time)
    {
        if (await ReadOfferAsync(http) is not { } offer)
        {
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "Send the offer as application/sdp of at most 128 kB.", "notSdp");
        }

        if (cameras.Find(id) is not { IsPublished: true } camera)
        {
            return Problems.Conflict("This camera is read from an address; only a camera without one can be published to.", "notPublished");
        }

        if (feeds.Open(id) is null)
        {
            return HlsEndpoints.Paused();
        }

        var result = webRtc.Publish(id, offer, IsLocal(http));
        if (result.Refusal == WebRtcRefusal.None)
        {
            await cameras.PublishedAsync(camera, time.GetUtcNow(), http.RequestAborted);
        }

        return Created(http, result, () =>
        {
            if (CurrentDevice.Of(http) is { } device)
            {
                leases.Add(id, result.SessionId, device);
            }
            else if (CurrentMember.Of(http) is { } member)
            {
                leases.Add(id, result.SessionId, member, CameraNeed.Control);
            }
        });
    }

    private static IResult End(int id, string session, HttpContext http, WebRtcLeases leases) =>
        leases.Owns(id, session, CurrentDevice.Of(http)) && leases.End(session) ? TypedResults.Ok() : Problems.NotFound("There is no such session.");

    private static IResult Trickle(int id, string session, HttpContext http, WebRtcLeases leases) =>
        leases.Owns(id, session, CurrentDevice.Of(http)) ? TypedResults.NoContent() : Problems.NotFound("There is no such session.");

    private static IResult Created(HttpContext http, WebRtcResult result, Action lease)
    {
        switch (result.Refusal)
        {
            case WebRtcRefusal.None:
                lease();
                http.Response.Headers.Location = $"{http.Request.Path}/{result.SessionId}";
                http.Response.Headers["Accept-Patch"] = "application/trickle-ice-sdpfrag";
                return TypedResults.Text(result.Answer, Sdp, Encoding.UTF8, StatusCodes.Status201Created);
            case WebRtcRefusal.BadOffer:
                return Problems.BadRequest(result.Detail);
            case WebRtcRefusal.NoCommonCodec:
                return Problems.Of(StatusCodes.Status406NotAcceptable, result.Detail, "noCommonCodec");
            case WebRtcRefusal.NotLive:
                http.Response.Headers.RetryAfter = "2";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, result.Detail, "noPicture");
            default:
                http.Response.Headers.RetryAfter = "5";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, result.Detail, "busy");
        }
    }

    private static bool IsLocal(HttpContext http) => IPAddress.IsLoopback(ClientAddress.Of(http));

    private static async Task<string?> ReadOfferAsync(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentType?.StartsWith(Sdp, StringComparison.OrdinalIgnoreCase) != true || request.ContentLength > LongestOffer)
        {
            return null;
        }

        var text = new char[LongestOffer + 1];
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var length = await reader.ReadBlockAsync(text, http.RequestAborted);
        return length > LongestOffer ? null : new string(text, 0, length);
    }
}
