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

    [Theory]
    [InlineData("/auth/login", """{"email":"ana\u0000","password":"x"}""")]
    [InlineData("/auth/login", """{"email":"ana\ud800","password":"x"}""")]
    [InlineData("/auth/login", """{"\udc00":1,"email":"ana","password":"x"}""")]
    [InlineData("/auth/register", """{"email":"a@b.c","password":"secret-1","name":"a\u0000b"}""")]
    [InlineData("/api/auth/register", """{"username":"a\u0000b","email":"a@b.c","password":"secret-1"}""")]
    public async Task Text_that_is_no_text_is_a_422(string path, string body) =>
        (await _server.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel))
            .StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

    [Theory]
    [InlineData("/api/v1/session", """{"login":"ana\u0000","password":"x"}""")]
    [InlineData("/api/v1/setup", """{"email":"a@b.c","password":"correct horse","name":"a\u0000","householdName":"Home","timeZone":"UTC"}""")]
    public async Task A_NUL_never_reaches_the_database_as_a_server_error(string path, string body) =>
        ((int)(await _server.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel)).StatusCode).ShouldBeInRange(400, 499);

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "username=a%00&password=b")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nbroken")]
    [InlineData("multipart/form-data", "username=a")]
    public async Task Garbage_instead_of_a_form_is_a_422(string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await _server.Client.PostAsync("/auth/token", content, Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_form_of_five_megabytes_is_a_422()
    {
        using var content = new StringContent("username=ana&password=" + new string('a', 5_000_000), Encoding.UTF8, "application/x-www-form-urlencoded");

        (await _server.Client.PostAsync("/auth/token", content, Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("/auth/login", "/app/sign-in")]
    [InlineData("/auth/register", "/app/register")]
    public async Task The_documented_pages_lead_to_ours(string path, string page)
    {
        var answer = await _server.Client.GetAsync(path, Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldBe(page);
    }

    [Fact]
    public async Task Nobody_takes_the_name_by_which_another_signs_in()
    {
        (await Register("""{"username":"nina@example.org","password":"secret-1","confirmPassword":"secret-1"}""")).ShouldBe(HttpStatusCode.Created);
        (await Register("""{"username":"eve-1","email":"Nina@example.org","password":"secret-1"}""")).ShouldBe(HttpStatusCode.BadRequest);
        (await Register("""{"username":"mia","email":"mia@example.org","password":"secret-1"}""")).ShouldBe(HttpStatusCode.Created);
        (await Register("""{"username":"MIA@example.org","email":"eve@example.org","password":"secret-1"}""")).ShouldBe(HttpStatusCode.BadRequest);

        async Task<HttpStatusCode> Register(string body) =>
            (await _server.Client.PostAsync("/api/auth/register", new StringContent(body, Encoding.UTF8, "application/json"), Cancel)).StatusCode;
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
