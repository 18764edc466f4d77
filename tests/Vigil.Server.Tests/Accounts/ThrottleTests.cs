using System.Net;
using System.Net.Http.Json;
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
        var key = SignInThrottle.Key("sign-in", "ana", "127.0.0.1");
        var waits = restarted.Services.GetRequiredService<SignInThrottle>().WaitForTurnAsync(key, Cancel);
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
            await throttle.FailedAsync(key, Cancel);
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            try
            {
                return await throttle.WaitForTurnAsync(key, giveUp.Token) is not null ? "sent away" : "let in";
            }
            catch (OperationCanceledException)
            {
                return "held";
            }
        }));

        answers.ShouldNotContain("let in");
        answers.Count(answer => answer == "held").ShouldBeLessThanOrEqualTo(1);
        (await throttle.WaitForTurnAsync(SignInThrottle.Key("sign-in", "ana", "192.0.2.2"), Cancel)).ShouldBeNull("the parent comes from another address");
    }

    private static Task<HttpResponseMessage> SignIn(TestServer server, string password) =>
        server.Client.PostAsJsonAsync("/api/v1/session", new { login = "ana", password }, Cancel);
}
