using System.Net.Http.Headers;
using System.Text;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>What a WebRTC client sent: text, or the reason why it is refused.</summary>
internal readonly record struct SdpBody(string Text, IResult? Refusal)
{
    public const string Offer = "application/sdp";
    public const string Trickle = "application/trickle-ice-sdpfrag";

    /// <summary>Reads a body of exactly this type and at most this many bytes.</summary>
    public static async Task<SdpBody> ReadAsync(HttpContext http, string type, int longest)
    {
        var request = http.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var sent) || !type.Equals(sent.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return new SdpBody("", Problems.Of(StatusCodes.Status415UnsupportedMediaType, $"Send {type}.", "notSdp"));
        }

        var bytes = new byte[Math.Min(longest, request.ContentLength ?? longest) + 1];
        var length = request.ContentLength > longest ? bytes.Length : await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return length == bytes.Length
            ? new SdpBody("", Problems.Of(StatusCodes.Status413PayloadTooLarge, $"At most {longest / 1024} kB.", "tooLong"))
            : new SdpBody(Encoding.UTF8.GetString(bytes, 0, length), null);
    }
}
