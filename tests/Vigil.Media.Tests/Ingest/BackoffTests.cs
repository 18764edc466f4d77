using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class BackoffTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Backoff backoff = new(() => 0.5);

    [Fact]
    public void A_camera_that_was_never_there_is_asked_less_and_less_often()
    {
        var waits = Enumerable.Range(0, 7).Select(_ => backoff.Next(FeedFailure.NoAnswer, TimeSpan.Zero).TotalSeconds);

        waits.ShouldBe([1, 2, 4, 8, 16, 30, 30]);
    }

    [Fact]
    public void An_established_stream_is_looked_for_every_second_for_half_a_minute()
    {
        backoff.Next(FeedFailure.NoAnswer, TimeSpan.Zero);
        backoff.Next(FeedFailure.NoAnswer, TimeSpan.Zero);
        backoff.Lost(TimeSpan.FromSeconds(100));

        for (var second = 100; second < 130; second++)
        {
            backoff.Next(FeedFailure.NoAnswer, TimeSpan.FromSeconds(second)).ShouldBe(Second);
        }

        backoff.Next(FeedFailure.NoAnswer, TimeSpan.FromSeconds(130)).ShouldBe(Second);
        backoff.Next(FeedFailure.NoAnswer, TimeSpan.FromSeconds(131)).ShouldBe(2 * Second);
    }

    [Fact]
    public void A_wrong_password_is_never_hammered()
    {
        backoff.Lost(TimeSpan.Zero);
        backoff.Next(FeedFailure.WrongPassword, TimeSpan.Zero).ShouldBe(Backoff.Longest);
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(1, 1.1)]
    public void A_fifth_of_the_wait_is_jitter(double random, double seconds) =>
        new Backoff(() => random).Next(FeedFailure.NoAnswer, TimeSpan.Zero).TotalSeconds.ShouldBe(seconds, 1e-9);
}
