using System.Text.Json;
using Vigil.Server.Devices;

namespace Vigil.Server.Live;

/// <summary>What a room device may say. Read from text of at most <see cref="Longest"/> bytes; whatever is not understood is no message.</summary>
internal sealed record RoomMessage
{
    /// <summary>A state has some two hundred bytes.</summary>
    public const int Longest = 4096;

    private const double LongestRttMs = 60_000;

    /// <summary>The key of a hello.</summary>
    public string? Key { get; init; }

    /// <summary>Of a hello: the page is open, and nobody has let it send yet.</summary>
    public bool Waits { get; init; }

    public RoomReport? Report { get; init; }

    public static RoomMessage? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object ? null : Text(root, "type") switch
            {
                "hello" => new RoomMessage
                {
                    Key = Text(root, "key") ?? "",
                    Waits = root.TryGetProperty("sending", out var sending) && sending.ValueKind == JsonValueKind.False,
                },
                "state" => new RoomMessage
                {
                    Report = new RoomReport
                    {
                        Battery = Number(root, "battery", 1),
                        Charging = root.TryGetProperty("charging", out var charging) && charging.ValueKind is JsonValueKind.True or JsonValueKind.False
                            ? charging.GetBoolean()
                            : null,
                        RttMs = Number(root, "rttMs", LongestRttMs),
                        LossPercent = Number(root, "lossPercent", 100),
                        Microphone = Text(root, "microphone") switch
                        {
                            "on" => Microphone.On,
                            "muted" => Microphone.Muted,
                            "none" => Microphone.None,
                            _ => null,
                        },
                    },
                },
                _ => null,
            };
        }
        catch (Exception nonsense) when (nonsense is JsonException or InvalidOperationException) // The latter: half of a surrogate pair.
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement element, string name, double most) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
        && number >= 0 && number <= most
            ? number
            : null;
}
