using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Vigil.Server.Tests.Cctv;

/// <summary>Somebody who uses the camera contract as its web client does: signs in there, then sends the token with every request.</summary>
public sealed class CctvCaller : IDisposable
{
    private CctvCaller(HttpClient client, JsonElement signedIn)
    {
        Client = client;
        SignedIn = signedIn;
    }

    public HttpClient Client { get; }

    /// <summary>The answer to the sign-in.</summary>
    public JsonElement SignedIn { get; }

    public static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token; // Only so that a failure ends.

    public static async Task<CctvCaller> SignInAsync(TestServer server, string email, string password = TestMember.Password)
    {
        var client = server.NewClient();
        using var answer = await client.PostAsJsonAsync("/v0/api/users/auth/login/", new { email, password }, Patience());
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var signedIn = await answer.Content.ReadFromJsonAsync<JsonElement>(Patience());
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", signedIn.GetProperty("access_token").GetString());
        return new CctvCaller(client, signedIn);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body);

    public Task<Answer> PutAsync(string path, object? body = null) => SendAsync(HttpMethod.Put, path, body);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>With the path behind /v0/api.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, "/v0/api" + path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        return await Answer.OfAsync(await Client.SendAsync(request, Patience()));
    }

    public void Dispose() => Client.Dispose();
}

/// <summary>A status and a body.</summary>
public sealed record Answer(HttpStatusCode Status, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string? this[string name] => Json.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : Json.GetProperty(name).GetRawText();

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(CctvCaller.Patience()));
        }
    }

    public Answer ShouldBe(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    public Answer ShouldBeOk() => ShouldBe(HttpStatusCode.OK);
}
