using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Health;

/// <summary>A client of the health contract: signs in with a password, has a token, and knows nothing else of Vigil.</summary>
internal sealed class HealthClient
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public required string Email { get; init; }

    public required HttpClient Http { get; init; }

    public required string Token { get; init; }

    public required long UserId { get; init; }

    private static int s_people;

    /// <summary>Somebody new, also on a server that other tests use.</summary>
    public static async Task<HealthClient> RegisterAsync(TestServer server, string? name = null)
    {
        name ??= string.Create(CultureInfo.InvariantCulture, $"parent{Interlocked.Increment(ref s_people)}");
        // Not by the routes, which are slow on purpose when many come from one address.
        var made = await server.Services.GetRequiredService<AccountDirectory>().CreateAsync(
            new NewAccount { Email = $"{name}@example.org", Username = name, Name = name, Password = "secret-1", HouseholdName = name, TimeZone = "UTC", Role = ServerRole.Dev }, Cancel);
        var session = await server.Services.GetRequiredService<LoginSessions>().OpenAsync(made.Account!.Id, "test", "127.0.0.1", Cancel);
        var token = server.Services.GetRequiredService<AccessTokens>().Issue(made.Account, session.Uid, TimeSpan.FromDays(90));
        var http = server.NewClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new HealthClient { Email = $"{name}@example.org", Http = http, Token = token, UserId = made.Account.Id };
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(path, Cancel);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    /// <summary>One that must succeed.</summary>
    public async Task<JsonElement> ReadAsync(string path)
    {
        var (status, body) = await GetAsync(path);
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        return body;
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> UploadAsync(
        string? temperature = "36.6", string? humidity = "50", string? notes = null, byte[]? audio = null, string? fileName = "clip.wav")
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in new[] { ("temperature", temperature), ("humidity", humidity), ("notes", notes) })
        {
            if (value is not null)
            {
                form.Add(new StringContent(value), name);
            }
        }

        if (audio is not null)
        {
            var part = new ByteArrayContent(audio);
            part.Headers.TryAddWithoutValidation("Content-Disposition", fileName is null ? "form-data; name=audio" : $"form-data; name=audio; filename=\"{fileName}\"");
            form.Add(part);
        }

        using var answer = await Http.PostAsync("/health/upload", form, Cancel);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> UploadAsync(double temperature, double humidity, byte[]? audio = null, string? notes = null) =>
        UploadAsync(temperature.ToString(CultureInfo.InvariantCulture), humidity.ToString(CultureInfo.InvariantCulture), notes, audio);
}
