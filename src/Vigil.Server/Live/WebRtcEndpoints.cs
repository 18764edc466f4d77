using System.ComponentModel;
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
/// DELETE ends. Candidates may trickle in by PATCH but need not: the server is ICE-lite, and its own are all in the answer.
/// </summary>
internal static class WebRtcEndpoints
{
    /// <summary>Names the one ICE session that a session ever has (RFC 9725 §4.3.1).</summary>
    private const string IceGeneration = "\"1\"";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}").WithTags("Live");
        camera.MapPost("/whep", Watch).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Watch by WebRTC (WHEP)")
            .Produces<string>(StatusCodes.Status201Created, SdpBody.Offer);
        camera.MapPost("/whip", Publish).RequirePublisher().WithSummary("Publish by WebRTC (WHIP)")
            .Produces<string>(StatusCodes.Status201Created, SdpBody.Offer);
        camera.MapMethods("/whep", [HttpMethods.Options], Options).RequireCamera(CameraNeed.View).RequireAuthorization().ExcludeFromDescription();
        camera.MapMethods("/whip", [HttpMethods.Options], Options).RequirePublisher().ExcludeFromDescription();
        camera.MapDelete("/whep/{session}", End).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Stop watching");
        camera.MapDelete("/whip/{session}", End).RequirePublisher().WithSummary("Stop publishing");
        camera.MapPatch("/whep/{session}", Trickle).RequireCamera(CameraNeed.View).RequireAuthorization().WithSummary("Candidates of the viewer; not needed");
        camera.MapPatch("/whip/{session}", Trickle).RequirePublisher().WithSummary("Candidates of the publisher; not needed");
    }

    private static async Task<IResult> Watch(
        int id, HttpContext http, CurrentMember member, CameraFeeds feeds, WebRtcSessions webRtc, WebRtcLeases leases, IceLinks ice,
        string? quality = null)
    {
        var offer = await SdpBody.ReadAsync(http, SdpBody.Offer, WebRtcSessions.LongestOffer);
        if (offer.Refusal is not null)
        {
            return offer.Refusal;
        }

        if (feeds.Open(id) is not { } feed)
        {
            return HlsEndpoints.Paused();
        }

        if (!leases.HasRoom(id, toPublish: false))
        {
            return Busy(http, "Too many people are watching.");
        }

        var wanted = LiveCameras.QualityOf(quality, LiveQuality.Main);
        var result = webRtc.Watch(
            feed.Main, offer.Text, ClientAddress.IsLoopback(http), Asked(http), small: feed.Sub, asksForSmall: wanted == LiveQuality.Sub);
        return Created(http, ice, result, () => leases.AddViewer(feed, result.SessionId, member, WatchVia.Of(http, WatchRoad.WebRtc, wanted)));
    }

    private static async Task<IResult> Publish(
        int id, HttpContext http, CameraDirectory cameras, CameraFeeds feeds, WebRtcSessions webRtc, WebRtcLeases leases, IceLinks ice, TimeProvider time,
        [Description("Only when no other device sends: for a device that comes back by itself, so that two of one room do not drive each other out.")]
        bool again = false)
    {
        var offer = await SdpBody.ReadAsync(http, SdpBody.Offer, WebRtcSessions.LongestOffer);
        if (offer.Refusal is not null)
        {
            return offer.Refusal;
        }

        if (cameras.Find(id) is not { IsPublished: true } camera)
        {
            return Problems.Conflict("This camera is read from an address; only a camera without one can be published to.", "notPublished");
        }

        if (feeds.Open(id) is null)
        {
            return HlsEndpoints.Paused();
        }

        if (again && CurrentDevice.Of(http) is { } returning && leases.OtherPublishes(id, returning))
        {
            return Problems.Conflict("Another device sends the picture of this room now.", "anotherDevice");
        }

        if (!leases.HasRoom(id, toPublish: true))
        {
            return Busy(http, "Too many attempts at once.");
        }

        var result = webRtc.Publish(id, offer.Text, ClientAddress.IsLoopback(http), Asked(http), leases.Replaced);
        if (result.Refusal == WebRtcRefusal.None)
        {
            await cameras.PublishedAsync(camera, time.GetUtcNow(), http.RequestAborted);
        }

        return Created(http, ice, result, () =>
        {
            if (CurrentDevice.Of(http) is { } device)
            {
                leases.Add(id, result.SessionId, device, publishes: true);
            }
            else if (CurrentMember.Of(http) is { } member)
            {
                leases.AddPublisher(id, result.SessionId, member);
            }
        });
    }

    internal static IResult End(int id, string session, HttpContext http, WebRtcLeases leases)
    {
        if (!leases.Owns(id, session, CurrentDevice.Of(http)))
        {
            return Problems.NotFound("There is no such session.");
        }

        leases.End(session); // Perhaps its goodbye by DTLS was faster: as good.
        return TypedResults.Ok();
    }

    internal static IResult Options(HttpContext http)
    {
        http.Response.Headers["Accept-Post"] = SdpBody.Offer;
        return TypedResults.Ok(); // RFC 9725 §4.2; a page of another origin was answered before, see RequestGate.
    }

    internal static async Task<IResult> Trickle(int id, string session, HttpContext http, WebRtcSessions webRtc, WebRtcLeases leases)
    {
        // Before anything else: our own phones ask by this whether their session still stands.
        if (!leases.Owns(id, session, CurrentDevice.Of(http)) || !webRtc.Exists(session))
        {
            return Problems.NotFound("There is no such session.");
        }

        var body = await SdpBody.ReadAsync(http, SdpBody.Trickle, WebRtcSessions.LongestTrickle);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        // RFC 9725 §4.3.1; its own examples put the star between quotation marks.
        switch ((string?)http.Request.Headers.IfMatch)
        {
            case null or "":
                return Problems.Of(StatusCodes.Status428PreconditionRequired, "Say which ICE session is meant: If-Match with the ETag of the answer.", "noIceSession");
            case "*" or "\"*\"":
                break;
            case var named when !named.Split(',', StringSplitOptions.TrimEntries).Contains(IceGeneration):
                return Problems.Of(StatusCodes.Status412PreconditionFailed, "That ICE session is over.", "otherIceSession");
            default:
                break;
        }

        // RFC 9725 §4.3: who takes candidates but no restarts says 422 to those.
        return webRtc.Trickle(session, body.Text) switch
        {
            TrickleAnswer.Taken => TypedResults.NoContent(),
            TrickleAnswer.Unreadable => Problems.BadRequest("The candidates can't be read."),
            TrickleAnswer.OtherIceSession => Problems.Of(StatusCodes.Status422UnprocessableEntity, "ICE restarts are not supported: begin a new session.", "noIceRestart"),
            _ => Problems.NotFound("There is no such session."),
        };
    }

    internal static IResult Created(HttpContext http, IceLinks ice, WebRtcResult result, Action lease)
    {
        switch (result.Refusal)
        {
            case WebRtcRefusal.None:
                lease();
                http.Response.Headers.Location = $"{http.Request.Path}/{result.SessionId}";
                http.Response.Headers["Accept-Patch"] = SdpBody.Trickle;
                http.Response.Headers.ETag = IceGeneration;
                ice.Add(http, result.SessionId);
                return TypedResults.Text(result.Answer, SdpBody.Offer, Encoding.UTF8, StatusCodes.Status201Created);
            case WebRtcRefusal.BadOffer:
                return Problems.BadRequest(result.Detail);
            case WebRtcRefusal.NoCommonCodec:
                return Problems.Of(StatusCodes.Status406NotAcceptable, result.Detail, "noCommonCodec");
            case WebRtcRefusal.NotLive:
                http.Response.Headers.RetryAfter = "2";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, result.Detail, "noPicture");
            default:
                return Busy(http, result.Detail);
        }
    }

    internal static IResult Busy(HttpContext http, string detail)
    {
        http.Response.Headers.RetryAfter = "5";
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, detail, "busy");
    }

    /// <summary>The address of ours that the client reached us by; null when that was a proxy's doing.</summary>
    internal static IPAddress? Asked(HttpContext http) =>
        http.Connection.LocalIpAddress is { } local && (!IPAddress.IsLoopback(local) || ClientAddress.IsLoopback(http)) ? local : null;
}
