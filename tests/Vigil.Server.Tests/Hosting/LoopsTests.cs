using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

public sealed class LoopsTests
{
    [Fact(Timeout = 30_000)]
    public async Task One_loop_that_fails_ends_the_others_and_is_heard_at_once()
    {
        var ended = new TaskCompletionSource();
        async Task Endless(CancellationToken cancel)
        {
            using var told = cancel.Register(ended.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        }

        var bug = await Should.ThrowAsync<InvalidDataException>(
            Loops.RunAsync(TestContext.Current.CancellationToken, Endless, _ => Task.FromException(new InvalidDataException("a bug"))));

        bug.Message.ShouldBe("a bug");
        ended.Task.IsCompleted.ShouldBeTrue();
    }
}
