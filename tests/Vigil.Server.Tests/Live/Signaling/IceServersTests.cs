using System.Text.Json;
using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Tests.Live.Signaling;

public sealed class IceServersTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    // openssl: printf 1700086400:viewer_7_x | openssl dgst -sha1 -hmac north -binary | base64
    [Fact]
    public void Credentials_are_those_that_coturn_computes()
    {
        var (username, credential) = IceServers.Credentials("north", Now, TimeSpan.FromDays(1), "viewer_7_x");

        username.ShouldBe("1700086400:viewer_7_x");
        credential.ShouldBe("L7tZRPCs014jLCfNKi9UorDJ82M=");
    }

    [Fact]
    public void In_one_house_nobody_is_told_of_any_server() => Write(new SignalingOptions(), turnAnswers: true).GetArrayLength().ShouldBe(0);

    [Fact]
    public void A_turn_server_is_offered_only_while_it_answers()
    {
        var options = new SignalingOptions { Turn = { Host = "turn.lan", PublicHost = "turn.example.org", Secret = "north", Port = 3479 } };
        options.StunServers.Add("stun:stun.example.org:3478");

        Write(options, turnAnswers: false).EnumerateArray().Select(server => server.GetProperty("urls").GetString()).ShouldBe(["stun:stun.example.org:3478"]);

        var turn = Write(options, turnAnswers: true)[1];
        turn.GetProperty("urls").EnumerateArray().Select(url => url.GetString())
            .ShouldBe(["turn:turn.example.org:3479?transport=udp", "turn:turn.example.org:3479?transport=tcp"]);
        turn.GetProperty("username").GetString().ShouldBe($"1700086400:viewer_7_{Guid.Empty}");
        turn.GetProperty("credentialType").GetString().ShouldBe("password");
        Write(options, turnAnswers: true, toDevice: true)[1].GetProperty("urls")[0].GetString().ShouldBe("turn:turn.lan:3479?transport=udp");
        Write(options, turnAnswers: true, toDevice: true)[1].GetProperty("username").GetString().ShouldBe($"1700086400:device_crib_{Guid.Empty}");
    }

    private static JsonElement Write(SignalingOptions options, bool turnAnswers, bool toDevice = false) =>
        JsonDocument.Parse(SignalText.Message("x", Now, null, json =>
        {
            if (toDevice)
            {
                IceServers.WriteForDevice(json, options, turnAnswers, Now, "crib", Guid.Empty);
            }
            else
            {
                IceServers.WriteForViewer(json, options, turnAnswers, Now, "7", Guid.Empty);
            }
        })).RootElement.GetProperty("payload").GetProperty("ice_servers");
}
