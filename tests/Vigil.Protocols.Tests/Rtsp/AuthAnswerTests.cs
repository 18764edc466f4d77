using Vigil.Protocols.Rtsp;

namespace Vigil.Protocols.Tests.Rtsp;

public sealed class AuthAnswerTests
{
    [Fact]
    public void The_example_of_RFC_2617_3_5_comes_out()
    {
        var auth = new AuthAnswer("Mufasa", "Circle Of Life", () => "0a4f113b");
        auth.Take([
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        ]).ShouldBeTrue();

        var header = auth.Header("GET", "/dir/index.html");

        header.ShouldNotBeNull().ShouldContain("response=\"6629fae49393a05397450978507c4ef1\"");
        header.ShouldContain("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
        header.ShouldContain("qop=auth, nc=00000001");
    }

    [Theory]
    [InlineData("MD5", "8ca523f5e9506fed4657c9700eebdbec")]
    [InlineData("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void The_examples_of_RFC_7616_3_9_1_come_out(string algorithm, string response)
    {
        var auth = new AuthAnswer("Mufasa", "Circle of Life", () => "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        auth.Take([
            $"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        ]);

        auth.Header("GET", "/dir/index.html").ShouldNotBeNull().ShouldContain($"response=\"{response}\"");
    }

    [Fact]
    public void Without_qop_the_old_digest_of_RFC_2069_is_used_and_nothing_is_counted()
    {
        // md5(md5("admin:cam:12345"):abc:md5("DESCRIBE:rtsp://h/live")), computed with md5sum.
        var auth = new AuthAnswer("admin", "12345");
        auth.Take(["Digest realm=\"cam\", nonce=\"abc\""]);

        var header = auth.Header("DESCRIBE", "rtsp://h/live").ShouldNotBeNull();

        header.ShouldContain("response=\"" + Old("admin", "cam", "12345", "abc", "DESCRIBE", "rtsp://h/live") + "\"");
        header.ShouldNotContain("nc=");
        header.ShouldNotContain("cnonce");
    }

    [Fact]
    public void The_best_offer_wins_and_the_count_starts_again_with_a_new_nonce()
    {
        var auth = new AuthAnswer("u", "p", () => "c");
        auth.Take(["Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"", "Digest realm=\"x\", nonce=\"1\", algorithm=SHA-256, qop=\"auth\""]);
        auth.Header("A", "b").ShouldNotBeNull().ShouldContain("algorithm=SHA-256");
        auth.Header("A", "b").ShouldNotBeNull().ShouldContain("nc=00000002");
        auth.Take(["Digest realm=\"x\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\", stale=TRUE"]);
        auth.Header("A", "b").ShouldNotBeNull().ShouldContain("nc=00000001");
    }

    [Fact]
    public void Basic_is_answered_and_unknown_schemes_are_not()
    {
        var auth = new AuthAnswer("user", "pa:ss");
        auth.Take(["Negotiate", "Digest realm=\"x\", nonce=\"1\", algorithm=SHA-512-256", "Digest realm=\"x\", nonce=\"1\", qop=\"auth-int\""]).ShouldBeFalse();
        auth.Header("GET", "/").ShouldBeNull();
        auth.Take(["Basic realm=\"x\""]).ShouldBeTrue();
        auth.Header("GET", "/").ShouldBe("Basic dXNlcjpwYTpzcw==");
        auth.ToString().ShouldNotContain("pa:ss");
    }

    [Fact]
    public void Several_challenges_in_one_header_are_told_apart()
    {
        var challenges = AuthChallenge.Parse("Basic realm=\"a, b\", Digest realm=\"q\\\"uote\", nonce=xyz , stale=true");

        challenges.Count.ShouldBe(2);
        challenges[0]["realm"].ShouldBe("a, b");
        challenges[1]["realm"].ShouldBe("q\"uote");
        challenges[1]["nonce"].ShouldBe("xyz");
        challenges[1].IsStale.ShouldBeTrue();
    }

    [Fact]
    public void Nonsense_never_throws()
    {
        var random = new Random(2);
        const string letters = "Digest=\",\\ realm\"nonce x\t";
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => letters[random.Next(letters.Length)]));
            new AuthAnswer("u", "p").Take([text]);
        }
    }

#pragma warning disable CA5351 // What cameras use.
    private static string Old(string user, string realm, string password, string nonce, string method, string uri)
    {
        string Md5(string text) => Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        return Md5($"{Md5($"{user}:{realm}:{password}")}:{nonce}:{Md5($"{method}:{uri}")}");
    }
#pragma warning restore CA5351
}
