using Vigil.Media.WebRtc;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Talk back: a parent speaks by WHIP, the phone in the room listens by WHEP. Sound only.</summary>
internal static class TalkEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var talk = routes.MapGroup("/api/v1/cameras/{id:int}/talk").WithTags("Live");
        talk.MapPost("/whip", Speak).RequireCamera(CameraNeed.Control).RequireAuthorization().WithSummary("Speak into the room (WHIP, sound only)")
            .Produces<string>(StatusCodes.Status201Created, SdpBody.Offer).ProducesProblem(StatusCodes.Status409Conflict);
        talk.MapPost("/whep", Listen).RequirePublisher().WithSummary("The room's device hears who speaks (WHEP)")
            .Produces<string>(StatusCodes.Status201Created, SdpBody.Offer);
        talk.MapDelete("/whip/{session}", WebRtcEndpoints.End).RequireCamera(CameraNeed.Control).RequireAuthorization().WithSummary("Stop speaking");
        talk.MapDelete("/whep/{session}", WebRtcEndpoints.End).RequirePublisher().WithSummary("Stop listening");
        talk.MapPatch("/whip/{session}", WebRtcEndpoints.Trickle).RequireCamera(CameraNeed.Control).RequireAuthorization()
            .WithSummary("Candidates of who speaks; not needed");
        talk.MapPatch("/whep/{session}", WebRtcEndpoints.Trickle).RequirePublisher().WithSummary("Candidates of the device; not needed");
        talk.MapMethods("/whip", [HttpMethods.Options], WebRtcEndpoints.Options).RequireCamera(CameraNeed.Control).RequireAuthorization().ExcludeFromDescription();
        talk.MapMethods("/whep", [HttpMethods.Options], WebRtcEndpoints.Options).RequirePublisher().ExcludeFromDescription();
    }

    private static async Task<IResult> Speak(
        int id, HttpContext http, CurrentMember member, CameraDirectory cameras, RoomPhones phones, Talks talks, WebRtcSessions webRtc, WebRtcLeases leases,
        IceLinks ice)
    {
        var offer = await SdpBody.ReadAsync(http, SdpBody.Offer, WebRtcSessions.LongestOffer);
        if (offer.Refusal is not null)
        {
            return offer.Refusal;
        }

        switch (cameras.Find(id))
        {
            case not { IsPublished: true }:
                return Problems.Conflict("Nobody can be heard there: only a phone or computer used as a camera plays your voice.", "noLoudspeaker");
            case { Paused: true }:
                return HlsEndpoints.Paused();
            default:
                break;
        }

        if (!phones.AnyIn(id))
        {
            return Problems.Conflict("The phone in this room is not connected, so nobody would hear you.", "roomGone");
        }

        if (!leases.HasRoom(id, toPublish: true))
        {
            return WebRtcEndpoints.Busy(http, "Too many attempts at once.");
        }

        var result = talks.Speak(
            id, member, (line, ended) => webRtc.Speak(line, offer.Text, ended, ClientAddress.IsLoopback(http), WebRtcEndpoints.Asked(http)), out var other);
        return result is null
            ? Problems.Conflict($"{other} is speaking just now.", "otherSpeaks")
            : WebRtcEndpoints.Created(http, ice, result, () => leases.AddTalker(id, result.SessionId, member));
    }

    private static async Task<IResult> Listen(
        int id, HttpContext http, CameraDirectory cameras, Talks talks, WebRtcSessions webRtc, WebRtcLeases leases, IceLinks ice)
    {
        if (CurrentDevice.Of(http) is not { } device)
        {
            return Problems.Forbidden("Only a device of the room hears who speaks into it.");
        }

        var offer = await SdpBody.ReadAsync(http, SdpBody.Offer, WebRtcSessions.LongestOffer);
        if (offer.Refusal is not null)
        {
            return offer.Refusal;
        }

        if (cameras.Find(id) is not { Paused: false })
        {
            return HlsEndpoints.Paused();
        }

        if (!leases.HasRoom(id, toPublish: true))
        {
            return WebRtcEndpoints.Busy(http, "Too many attempts at once.");
        }

        var result = talks.Listen(device, line => webRtc.Listen(line, offer.Text, ClientAddress.IsLoopback(http), WebRtcEndpoints.Asked(http)));
        return WebRtcEndpoints.Created(http, ice, result, () => leases.Add(id, result.SessionId, device, publishes: false));
    }
}
