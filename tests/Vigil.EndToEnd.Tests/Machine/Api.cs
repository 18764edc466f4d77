using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>One person's session with the server, as a program would hold it: JSON in, JSON out.</summary>
internal sealed class Api : IDisposable
{
    private readonly System.Net.CookieContainer cookies = new();
    private readonly HttpClient http;

    public Api(Uri address)
    {
        http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(40) };
        http.DefaultRequestHeaders.Add("Origin", address.GetLeftPart(UriPartial.Authority));
    }

    public IEnumerable<(string Name, string Value)> Cookies => cookies.GetAllCookies().Select(c => (c.Name, c.Value));

    public async Task<JsonNode> Get(string path) => await Read(await http.GetAsync(Relative(path)));

    public async Task<JsonNode> Post(string path, object body) => await Read(await http.PostAsJsonAsync(Relative(path), body));

    public async Task<JsonNode> Patch(string path, object body) => await Read(await http.PatchAsJsonAsync(Relative(path), body));

    public async Task<System.Net.HttpStatusCode> StatusOf(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, Relative(path)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    public Task<byte[]> Download(string path) => http.GetByteArrayAsync(Relative(path));

    public Task<HttpResponseMessage> Send(HttpRequestMessage request) => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

    public Task<LiveSocket> OpenLiveSocket() => LiveSocket.Open(http.BaseAddress!, cookies);

    public void Dispose() => http.Dispose();

    private static Uri Relative(string path) => new(path.TrimStart('/'), UriKind.Relative);

    private static async Task<JsonNode> Read(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode)
            {
                throw new HttpRequestException($"{(int)answer.StatusCode} from {answer.RequestMessage?.RequestUri?.AbsolutePath}: {text}");
            }

            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }
}
