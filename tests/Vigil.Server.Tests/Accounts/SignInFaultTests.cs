using System.Net;
using System.Text;
using System.Text.Json;

namespace Vigil.Server.Tests.Accounts;

public sealed class SignInFaultTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/auth/register", """{"password":"secret-1"}""", "email", "missing")]
    [InlineData("/auth/register", """{"email":"not an address","password":"secret-1"}""", "email", "value_error")]
    [InlineData("/auth/register", """{"email":"a@b.c","password":7}""", "password", "string_type")]
    [InlineData("/auth/login", """{"email":"a@b.c"}""", "password", "missing")]
    [InlineData("/api/auth/register", """{"email":"a@b.c","password":"secret-1"}""", "username", "missing")]
    [InlineData("/api/auth/login", """{"username":"ana"}""", "password", "missing")]
    public async Task A_fault_in_the_body_is_a_422_with_a_detail_array(string path, string body, string field, string type)
    {
        var answer = await _server.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var fault = (await Json(answer)).GetProperty("detail")[0];
        fault.GetProperty("loc").EnumerateArray().Select(part => part.GetString()).ShouldBe(["body", field]);
        fault.GetProperty("type").GetString().ShouldBe(type);
        fault.GetProperty("msg").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1,2]")]
    [InlineData("{\"email\":")]
    [InlineData("{\"email\":\"a@b.c\",\"email\":\"a@b.c\"}")]
    public async Task Garbage_instead_of_a_body_is_a_422_too(string body)
    {
        var answer = await _server.Client.PostAsync("/auth/login", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Json(answer)).GetProperty("detail").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_root_is_the_app_for_browsers_and_a_description_for_programs()
    {
        var program = await Json(await _server.Client.GetAsync("/", Cancel));
        program.GetProperty("status").GetString().ShouldBe("running");
        program.GetProperty("docs").GetString().ShouldBe("/docs");
        program.GetProperty("endpoints").GetProperty("websocket").GetString().ShouldBe("/ws/{user_id}");

        using var browser = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Accept", "text/html,application/xhtml+xml" } } };
        var page = await _server.Client.SendAsync(browser, Cancel);
        page.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        page.Headers.Location!.OriginalString.ShouldBe("/app/");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/")]
    [InlineData("/health-check")]
    public async Task Probes_answer_strangers(string path)
    {
        var probe = await Json(await _server.Client.GetAsync(path, Cancel));

        probe.GetProperty("status").GetString().ShouldBe("healthy");
        probe.GetProperty("database").GetString().ShouldBe("connected");
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
}
