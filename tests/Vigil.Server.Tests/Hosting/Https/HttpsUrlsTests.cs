using Vigil.Server.Hosting;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Tests.Hosting.Https;

public sealed class HttpsUrlsTests
{
    [Theory]
    [InlineData("http://*:8000", null, "http://*:8000;https://*:8443")]
    [InlineData("http://127.0.0.1:8000", "", "http://127.0.0.1:8000;https://127.0.0.1:8443")]
    [InlineData("http://[::1]:9000", null, "http://[::1]:9000;https://[::1]:9443")]
    [InlineData("http://*:80", null, "http://*:80;https://*:443")]
    [InlineData("http://127.0.0.1:0", null, "http://127.0.0.1:0;https://127.0.0.1:0")]
    [InlineData("http://*:65500", null, "http://*:65500")]
    [InlineData("http://unix:/run/vigil.sock", null, "http://unix:/run/vigil.sock")]
    [InlineData("http://*:8000", "none", "http://*:8000")]
    [InlineData("http://*:8000", "https://127.0.0.1:444", "http://*:8000;https://127.0.0.1:444")]
    [InlineData("http://*:8000;https://*:4443", null, "http://*:8000;https://*:4443")]
    public void Https_stands_beside_http_on_the_same_hosts(string urls, string? wanted, string expected) =>
        HttpsUrls.Join(urls, wanted, _ => true).ShouldBe((expected, null));

    [Fact]
    public void The_settings_file_may_say_where_to_listen_and_the_command_line_has_the_last_word()
    {
        var data = Directory.CreateTempSubdirectory("vigil-settings-").FullName;
        File.WriteAllText(Path.Combine(data, "settings.json"), """{"Urls": "http://127.0.0.1:9123", "Https": {"Urls": "https://127.0.0.1:9124"}}""");

        HostBuilding.Create(["--data", data]).Configuration["Urls"].ShouldBe("http://127.0.0.1:9123;https://127.0.0.1:9124");
        HostBuilding.Create(["--data", data, "--urls", "http://127.0.0.1:9000", "--https-urls", "none"]).Configuration["Urls"].ShouldBe("http://127.0.0.1:9000");
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("--urls", "foo")]
    [InlineData("--urls", "127.0.0.1:8000")]
    [InlineData("--urls", "http://127.0.0.1:99999")]
    [InlineData("--urls", "http://127.0.0.1:80O0")]
    [InlineData("--urls", "http://[::1]:80O0")]
    [InlineData("--urls", "http://127.0.0.1:8000;ftp://127.0.0.1")]
    [InlineData("--urls", "http://127.0.0.1:8000/cameras")]
    [InlineData("--https-urls", "https//*:8443")]
    public void What_is_no_address_is_refused_in_one_sentence(string option, string urls) =>
        Should.Throw<RefusedException>(() => HostBuilding.Create(["--data", "/nowhere", option, urls])).Message.ShouldContain("is no address to listen on; write for example");

    [Fact]
    public void A_taken_port_costs_https_and_not_the_server() =>
        HttpsUrls.Join("http://*:8000", null, _ => false).ShouldBe(("http://*:8000", "https://*:8443"));

    [Fact]
    public void What_was_asked_for_is_tried_all_the_same() =>
        HttpsUrls.Join("http://*:8000", "https://*:8443", _ => false).ShouldBe(("http://*:8000;https://*:8443", null));

    [Fact]
    public void A_port_that_somebody_listens_on_is_not_free()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();

        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        HttpsUrls.IsFree(Microsoft.AspNetCore.Http.BindingAddress.Parse($"https://127.0.0.1:{port}")).ShouldBeFalse();
        HttpsUrls.IsFree(Microsoft.AspNetCore.Http.BindingAddress.Parse($"https://*:{port}")).ShouldBeFalse();
        listener.Stop();
        HttpsUrls.IsFree(Microsoft.AspNetCore.Http.BindingAddress.Parse($"https://*:{port}")).ShouldBeTrue();
    }
}
