using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using QRCoder;

namespace Vigil.Agent;

/// <summary>
/// The whole device: registers, shows a code until somebody has paired it, asks for its key, and publishes. What it is told to forget it forgets; what it
/// loses it asks for again.
/// </summary>
internal sealed class Device : IDisposable
{
    private readonly AgentStateFile state;
    private readonly ServerDoor door;
    private readonly DeviceLine line;
    private readonly Publishing publishing;
    private readonly TextWriter screen;
    private readonly TimeProvider time;
    private CancellationTokenSource? showing;

    public Device(AgentSettings settings, TextWriter screen, TimeProvider time, ILoggerFactory logs)
    {
        this.screen = screen;
        this.time = time;
        state = new AgentStateFile(settings.State);
        door = new ServerDoor(settings);
        line = new DeviceLine(settings, state, door, time, logs.CreateLogger<DeviceLine>());
        publishing = new Publishing(settings, state, door, time, logs) { KeyRefused = () => AskForKeyAsync(CancellationToken.None) };
    }

    /// <summary>Until cancelled. One half without the other would look well and do nothing: what ends one ends both, and is thrown.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var halves = new[] { line.RunAsync((type, payload) => TakeAsync(type, payload, over.Token), over.Token), publishing.RunAsync(over.Token) };
        var first = await Task.WhenAny(halves);
        await over.CancelAsync();
        await Task.WhenAll(halves).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    public void Dispose()
    {
        publishing.Dispose();
        line.Dispose();
        door.Dispose();
        showing?.Dispose();
    }

    private async Task TakeAsync(string type, JsonElement payload, CancellationToken cancel)
    {
        switch (type)
        {
            case "hello_ack":
                await line.SayAsync("publish_request", state.Current is { CameraId: { } known, Key: not null } ? new JsonObject { ["camera_id"] = known } : [], cancel);
                break;
            case "publish_ready" when AgentMessages.Number(payload, "camera_id") is { } camera:
                Hide();
                if (AgentMessages.Text(payload, "key") is { } key)
                {
                    state.Save(state.Current with { CameraId = camera, Key = key });
                    await screen.WriteLineAsync($"Paired: this is camera {camera} now.");
                    publishing.Changed();
                }

                break;
            case "paired" when AgentMessages.Number(payload, "camera_id") is null:
                Forget();
                Show(cancel);
                break;
            case "paired":
                await AskForKeyAsync(cancel);
                break;
            case "error" when AgentMessages.Text(payload, "message") == "Not paired":
                Forget();
                Show(cancel);
                break;
            case "error":
                await screen.WriteLineAsync($"The server says: {AgentMessages.Text(payload, "message")}");
                break;
            default:
                break; // Acknowledgements, and what is for devices that send straight to their viewers.
        }
    }

    private Task AskForKeyAsync(CancellationToken cancel) => line.SayAsync("publish_request", [], cancel);

    private void Forget()
    {
        if (state.Current.Key is not null || state.Current.CameraId is not null)
        {
            state.Save(state.Current with { CameraId = null, Key = null });
            publishing.Changed();
        }
    }

    private void Hide()
    {
        showing?.Cancel();
        showing?.Dispose();
        showing = null;
    }

    private void Show(CancellationToken cancel)
    {
        Hide();
        showing = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _ = ShowAsync(showing.Token);
    }

    /// <summary>A code, and the next one when it has run out, until somebody has typed it.</summary>
    private async Task ShowAsync(CancellationToken hidden)
    {
        var pause = new Pause(time);
        try
        {
            while (true)
            {
                try
                {
                    var code = await door.CodeAsync(state.Current, hidden);
                    await screen.WriteLineAsync(Words(code));
                    await Task.Delay(code.Lifetime, time, hidden);
                }
                catch (Exception away) when (away is HttpRequestException or IOException or JsonException or InvalidOperationException or KeyNotFoundException
                    || (away is OperationCanceledException && !hidden.IsCancellationRequested))
                {
                    await pause.WaitAsync(hidden); // No answer, a late one, or one of something else than Vigil.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Paired, or the end.
        }
    }

    private static string Words(PairingCode code)
    {
        var picture = "";
        if (code.Url.Length > 0)
        {
            using var generator = new QRCodeGenerator();
            using var data = generator.CreateQrCode(code.Url, QRCodeGenerator.ECCLevel.L);
            using var drawn = new AsciiQRCode(data);
            picture = drawn.GetGraphicSmall() + "\n" + code.Url + "\n";
        }

        return $"{picture}Pairing code: {code.Code[..3]} {code.Code[3..]} (type it in Vigil, or scan the picture; good for {code.Lifetime.TotalMinutes:0} minutes)";
    }
}
