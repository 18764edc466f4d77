using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Health;

namespace Vigil.Server.Tests.Health;

public sealed class HealthSocketTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    private readonly TestServer _server = shared.Server;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync() => _ana = await HealthClient.RegisterAsync(_server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Only_a_good_token_of_that_very_user_opens_it()
    {
        var eve = await HealthClient.RegisterAsync(_server);
        var ana = _ana.UserId.ToString(CultureInfo.InvariantCulture);

        (await HealthSocketClient.RefusalAsync(_server, ana, null)).ShouldBe(401);
        (await HealthSocketClient.RefusalAsync(_server, ana, "nonsense")).ShouldBe(401);
        (await HealthSocketClient.RefusalAsync(_server, ana, _ana.Token[..^2] + "xx")).ShouldBe(401);
        (await HealthSocketClient.RefusalAsync(_server, ana, eve.Token)).ShouldBe(403);
        (await HealthSocketClient.RefusalAsync(_server, "999999", _ana.Token)).ShouldBe(403, "whether there is such a user is nobody's business");
        (await HealthSocketClient.RefusalAsync(_server, "99999999999999999999", _ana.Token)).ShouldBe(403);
        (await HealthSocketClient.RefusalAsync(_server, "monitors", _ana.Token)).ShouldBeOneOf(401, 404);
        (await HealthSocketClient.RefusalAsync(_server, "-1", _ana.Token)).ShouldBeOneOf(401, 404);
    }

    [Fact]
    public async Task It_says_first_what_is_known_and_answers_every_text()
    {
        await using (var empty = await HealthSocketClient.OpenAsync(_server, _ana))
        {
            (await empty.NextAsync("CONNECTED")).TryGetProperty("data", out _).ShouldBeFalse();
            (await empty.NextAsync("CONNECTED")).GetProperty("user_id").GetInt64().ShouldBe(_ana.UserId);
        }

        var (_, record) = await _ana.UploadAsync(36.5, 44, notes: "first");
        await using var socket = await HealthSocketClient.OpenAsync(_server, _ana);
        var data = (await socket.NextAsync("INITIAL_DATA")).GetProperty("data");
        foreach (var field in new[] { "id", "temperature", "humidity", "cry_detected", "sick_detected", "created_at", "notes" })
        {
            data.GetProperty(field).ToString().ShouldBe(record.GetProperty(field).ToString());
        }

        (await socket.NextAsync("CONNECTED")).GetProperty("message").GetString().ShouldBe("Connected to Baby Health Monitoring");
        await socket.SayAsync("ping");
        (await socket.NextAsync("ECHO")).GetProperty("message").GetString().ShouldBe("Received: ping");
    }

    [Fact]
    public async Task Crying_with_fever_is_told_twice_with_one_alert_id_once_for_each_generation_of_clients()
    {
        await using var socket = await OpenAsync(_ana);

        var (_, record) = await _ana.UploadAsync(38.2, 50, Sounds.Crying);

        var documented = await socket.NextAsync("CRY_DETECTED");
        documented.GetProperty("sick_detected").GetBoolean().ShouldBeTrue();
        documented.GetProperty("timestamp").GetString().ShouldBe(record.GetProperty("created_at").GetString());
        documented.GetProperty("data").GetProperty("temperature").GetDouble().ShouldBe(38.2);
        documented.GetProperty("data").GetProperty("humidity").GetDouble().ShouldBe(50);
        documented.GetProperty("data").GetProperty("id").GetInt64().ShouldBe(record.GetProperty("id").GetInt64());
        var newest = await socket.NextAsync("CRITICAL_ALERT");
        newest.GetProperty("severity").GetString().ShouldBe("critical");
        newest.GetProperty("alert").GetString()!.ShouldContain("may be ill");
        newest.GetProperty("alert_id").GetString().ShouldBe(documented.GetProperty("alert_id").GetString());
    }

    [Theory]
    [InlineData(36.5, 50, false, "HEALTH_UPDATE", null)]
    [InlineData(38.0, 50, false, "FEVER_ALERT", "warning")]
    [InlineData(36.5, 80, false, "HEALTH_UPDATE", null)]
    [InlineData(36.5, 80.5, false, "HUMIDITY_ALERT", "info")]
    [InlineData(38.0, 90, false, "HUMIDITY_ALERT", "info")]
    [InlineData(36.5, 50, true, "CRY_DETECTED", "info")]
    [InlineData(36.5, 90, true, "DIAPER_ALERT", "warning")]
    [InlineData(38.0, 90, true, "CRITICAL_ALERT", "critical")]
    public void The_kind_of_message_is_the_first_that_fits(double temperature, double humidity, bool cry, string kind, string? severity)
    {
        var reading = HealthRules.Usual.Judge(new Reading { Temperature = temperature, Humidity = humidity, Cry = cry });

        var messages = ReadingMessages.About(reading, "one").Select(bytes => JsonDocument.Parse(bytes).RootElement).ToList();

        messages.Count.ShouldBe(cry && kind != "CRY_DETECTED" ? 2 : 1);
        messages[^1].GetProperty("event").GetString().ShouldBe(kind);
        messages[^1].TryGetProperty("severity", out var said).ShouldBe(severity is not null);
        if (severity is not null)
        {
            said.GetString().ShouldBe(severity);
        }

        if (cry)
        {
            messages[0].GetProperty("event").GetString().ShouldBe("CRY_DETECTED");
            messages[0].GetProperty("sick_detected").GetBoolean().ShouldBe(temperature >= 38);
        }
    }

    [Fact]
    public async Task Nobody_hears_of_another_familys_readings()
    {
        var eve = await HealthClient.RegisterAsync(_server);
        await using var socket = await OpenAsync(eve);

        await _ana.UploadAsync(39, 90);
        await eve.UploadAsync(36.5, 50, notes: "mine");

        (await socket.NextAsync()).GetProperty("data").GetProperty("notes").GetString().ShouldBe("mine");
    }

    [Fact]
    public async Task It_ends_with_the_login_session()
    {
        await using var socket = await OpenAsync(_ana);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/logout") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", _ana.Token) } };
        await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await _server.Services.GetRequiredService<SessionLeases>().CheckAsync(TestContext.Current.CancellationToken);

        (await socket.UntilClosedAsync()).ShouldNotBeNullOrEmpty();
    }

    private async Task<HealthSocketClient> OpenAsync(HealthClient client)
    {
        var socket = await HealthSocketClient.OpenAsync(_server, client);
        await socket.NextAsync("CONNECTED");
        await socket.NextAsync("CONNECTED");
        return socket;
    }
}
