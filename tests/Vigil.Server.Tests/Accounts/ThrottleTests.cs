using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Testing;

namespace Vigil.Server.Tests.Accounts;

public sealed class ThrottleTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guessing_gets_slow_survives_a_restart_and_the_right_password_still_gets_in()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        await TestHousehold.CreateAsync(server);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            (await SignIn(server, "wrong password")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "the first few cost nothing");
        }

        // The next one has to wait its turn: with the clock standing still there is no answer.
        var held = SignIn(server, "wrong password");
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(200), () => held.IsCompleted);
        (await held).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        await using var restarted = await TestServer.StartAsync(time, database: server.ConnectionString);
        var waits = SignIn(restarted, "wrong password");
        waits.IsCompleted.ShouldBeFalse();
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(200), () => waits.IsCompleted);

        var right = SignIn(restarted, TestMember.Password);
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(200), () => right.IsCompleted);
        (await right).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SignIn(restarted, "wrong password")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "a success forgets the failures");
    }

    [Fact]
    public async Task A_hundred_attempts_at_once_are_no_faster_than_in_a_row()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var throttle = server.Services.GetRequiredService<SignInThrottle>();
        var key = SignInThrottle.Key("sign-in", "ana", "192.0.2.1");
        for (var failure = 0; failure < 20; failure++)
        {
            var attempt = throttle.BeginAsync(key, Cancel);
            await Tick.UntilAsync(time, TimeSpan.FromSeconds(5), () => attempt.IsCompleted);
            (await attempt).ShouldBeNull();
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            try
            {
                return await throttle.BeginAsync(key, giveUp.Token) is not null ? "sent away" : "let in";
            }
            catch (OperationCanceledException)
            {
                return "held";
            }
        }));

        // The clock may have moved past the last turn while the database answered: then one is let in, and the next is held.
        answers.Count(answer => answer == "let in").ShouldBeLessThanOrEqualTo(1);
        answers.Count(answer => answer != "sent away").ShouldBeLessThanOrEqualTo(2);
        (await throttle.BeginAsync(SignInThrottle.Key("sign-in", "ana", "192.0.2.2"), Cancel)).ShouldBeNull("the parent comes from another address");
    }

    [Fact]
    public async Task A_clock_that_is_set_back_locks_nobody_out()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var throttle = server.Services.GetRequiredService<SignInThrottle>();
        var key = SignInThrottle.Key("sign-in", "ana", "192.0.2.1");
        (await throttle.BeginAsync(key, Cancel)).ShouldBeNull();

        time.SetWallClock(time.GetUtcNow() - TimeSpan.FromHours(2));

        (await throttle.BeginAsync(key, Cancel)).ShouldBeNull();
    }

    [Theory]
    [InlineData("ana")]
    [InlineData("nobody")]
    public async Task The_first_attempts_are_slowed_too_when_they_all_come_at_once(string login)
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        await TestHousehold.CreateAsync(server);

        var burst = Enumerable.Range(0, 30).Select(_ => SignIn(server, "wrong password", login)).ToList();

        // The clock stands still: some are let in, some wait, the others are sent away.
        var answered = new List<HttpStatusCode>();
        await foreach (var answer in Task.WhenEach(burst))
        {
            answered.Add((await answer).StatusCode);
            if (answered.Count == 26)
            {
                break;
            }
        }

        answered.Count(status => status == HttpStatusCode.Unauthorized).ShouldBe(4);
        answered.Count(status => status == HttpStatusCode.TooManyRequests).ShouldBe(22);
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(500), () => burst.TrueForAll(attempt => attempt.IsCompleted));
        (await Task.WhenAll(burst)).Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(8);
    }

    [Fact]
    public async Task The_e_mail_and_the_username_of_an_account_are_one_name_for_guessing()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        await TestHousehold.CreateAsync(server);
        foreach (var login in new[] { "ana", "ana@example.org", " ANA ", "Ana@Example.org" })
        {
            (await SignIn(server, "wrong password", login)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var other = await SignIn(server, "wrong password", "nobody");
        var held = SignIn(server, "wrong password", "ana@example.org");

        other.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        held.IsCompleted.ShouldBeFalse();
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(200), () => held.IsCompleted);
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        (await connection.ExecuteScalarAsync<int>("select max(failures) from sign_in_throttle")).ShouldBe(5);
    }

    private static Task<HttpResponseMessage> SignIn(TestServer server, string password, string login = "ana") =>
        server.Client.PostAsJsonAsync("/api/v1/session", new { login, password }, Cancel);
}
