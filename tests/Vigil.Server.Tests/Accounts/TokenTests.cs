using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;
using Vigil.Testing;

namespace Vigil.Server.Tests.Accounts;

public sealed class TokenTests : IDisposable
{
    // RFC 7515 appendix A.1.
    private const string Rfc7515Token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private static readonly byte[] Rfc7515Key = System.Buffers.Text.Base64Url.DecodeFromChars("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");

    private readonly string _directory = Directory.CreateTempSubdirectory("vigil-tokens-").FullName;
    private readonly ManualTime _time = new();
    private readonly Account _ana = new() { Id = 7, Uid = Guid.NewGuid(), Email = "ana@example.org", Username = "ana", Role = ServerRole.Dev };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_vector_of_RFC_7515_A_1_comes_out_to_the_letter()
    {
        var signed = CompactJws.Sign(
            "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", Rfc7515Key);

        signed.ShouldBe(Rfc7515Token);
        CompactJws.IsSignedWith(Rfc7515Token, Rfc7515Key).ShouldBeTrue();
        CompactJws.IsSignedWith(Rfc7515Token[..^1] + "A", Rfc7515Key).ShouldBeFalse();
    }

    [Fact]
    public void What_was_issued_is_read_until_it_expires()
    {
        var tokens = Tokens();
        var session = Guid.NewGuid();
        var token = tokens.Issue(_ana, session, TimeSpan.FromMinutes(30));

        var content = tokens.Read(token).ShouldNotBeNull();
        content.AccountId.ShouldBe(7);
        content.SessionUid.ShouldBe(session);
        tokens.Read(token, type: "refresh").ShouldBeNull();

        _time.Advance(TimeSpan.FromMinutes(30));
        tokens.Read(token).ShouldBeNull();
    }

    [Fact]
    public void No_other_algorithm_key_or_header_is_believed()
    {
        var keys = Keys();
        var tokens = new AccessTokens(keys, _time);
        var payload = Payload(tokens.Issue(_ana, Guid.NewGuid(), TimeSpan.FromHours(1)));
        var key = keys.Current();

        string Forge(string header, byte[] secret) => CompactJws.Sign(header, payload, secret);
        tokens.Read(Forge($$"""{"alg":"HS256","kid":"{{key.Kid}}"}""", key.Secret)).ShouldNotBeNull("the header that is right");
        tokens.Read(Forge($$"""{"alg":"none","kid":"{{key.Kid}}"}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge($$"""{"alg":"HS512","kid":"{{key.Kid}}"}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge($$"""{"alg":"hs256","kid":"{{key.Kid}}"}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge($$"""{"alg":"HS256","kid":"{{key.Kid}}","crit":["exp"]}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge("""{"alg":"HS256"}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge("""{"alg":"HS256","kid":"other"}""", key.Secret)).ShouldBeNull();
        tokens.Read(Forge($$"""{"alg":"HS256","kid":"{{key.Kid}}"}""", new byte[32])).ShouldBeNull();
        tokens.Read(Forge("[]", key.Secret)).ShouldBeNull();
        tokens.Read(Forge($$"""{"alg":7,"kid":"{{key.Kid}}"}""", key.Secret)).ShouldBeNull();
    }

    [Fact]
    public void Every_change_of_a_single_character_is_noticed()
    {
        var tokens = Tokens();
        var token = tokens.Issue(_ana, Guid.NewGuid(), TimeSpan.FromHours(1));

        for (var at = 0; at < token.Length; at++)
        {
            var other = token[at] == 'A' ? 'B' : 'A';
            tokens.Read(token[..at] + other + token[(at + 1)..]).ShouldBeNull($"position {at}");
            tokens.Read(token.Remove(at, 1)).ShouldBeNull($"without position {at}");
            tokens.Read(token[..at]).ShouldBeNull($"cut at {at}");
        }
    }

    [Fact]
    public void Garbage_is_never_an_exception() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text =>
        {
            var tokens = Tokens();
            return tokens.Read(text ?? "") is null && tokens.Read($"{text}.{text}.{text}") is null && tokens.Read("e30.e30." + text) is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void After_a_change_of_keys_the_one_before_is_still_good_and_the_one_before_that_is_not()
    {
        var keys = Keys();
        var tokens = new AccessTokens(keys, _time);
        var first = tokens.Issue(_ana, Guid.NewGuid(), TimeSpan.FromDays(90));

        _time.Advance(TimeSpan.FromDays(32));
        var second = tokens.Issue(_ana, Guid.NewGuid(), TimeSpan.FromDays(90));
        Kid(second).ShouldNotBe(Kid(first));
        tokens.Read(first).ShouldNotBeNull();

        _time.Advance(TimeSpan.FromDays(32));
        tokens.Issue(_ana, Guid.NewGuid(), TimeSpan.FromDays(90));
        tokens.Read(second).ShouldNotBeNull();
        tokens.Read(first).ShouldBeNull();
        // What another process of the same data directory reads.
        new AccessTokens(Keys(), _time).Read(second).ShouldNotBeNull();
        File.GetUnixFileMode(Path.Combine(_directory, "keys", "token-keys.json")).ShouldBe(PrivateFile.Mode);
    }

    [Fact]
    public void A_secret_from_the_settings_signs_and_its_predecessor_still_verifies()
    {
        var old = Tokens(new AccountOptions { JwtSecret = "an old secret of some length" });
        var token = old.Issue(_ana, Guid.NewGuid(), TimeSpan.FromHours(1));

        Tokens(new AccountOptions { JwtSecret = "a new secret of some length", JwtPreviousSecret = "an old secret of some length" }).Read(token).ShouldNotBeNull();
        Tokens(new AccountOptions { JwtSecret = "a new secret of some length" }).Read(token).ShouldBeNull();
        Directory.Exists(Path.Combine(_directory, "keys")).ShouldBeFalse("nothing is written when the secret is given");
    }

    [Fact]
    public void The_payload_needs_no_url_alphabet_whatever_the_names_are() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(),
        name =>
        {
            var token = Tokens(new AccountOptions { JwtSecret = "a secret of some length" }).Issue(_ana with { Username = name.Get, Email = name.Get + "~?>\u007f" }, Guid.NewGuid(), TimeSpan.FromHours(1));
            return !token.Split('.')[1].Contains('-') && !token.Split('.')[1].Contains('_');
        }).QuickCheckThrowOnFailure();

    private static string Kid(string token) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]));

    private static string Payload(string token) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]));

    private AccessTokens Tokens(AccountOptions? options = null) => new(Keys(options), _time);

    private TokenKeys Keys(AccountOptions? options = null) => new(new VigilPaths(_directory), Options.Create(options ?? new AccountOptions()), _time);
}
