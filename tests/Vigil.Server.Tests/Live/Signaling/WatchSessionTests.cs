using Vigil.Server.Live.Signaling;

namespace Vigil.Server.Tests.Live.Signaling;

public sealed class WatchSessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_offer_makes_it_active_and_later_ones_change_nothing()
    {
        var watch = new WatchSession(Start);
        watch.State.ShouldBe(WatchState.Pending);

        watch.Offer(Start.AddSeconds(1)).ShouldBe(WatchVerdict.Relay);
        watch.Offer(Start.AddSeconds(9)).ShouldBe(WatchVerdict.Relay);

        watch.State.ShouldBe(WatchState.Active);
        watch.ActiveAt.ShouldBe(Start.AddSeconds(1));
    }

    [Fact]
    public void Nothing_is_answered_before_it_was_offered() => new WatchSession(Start).Answer().ShouldBe(WatchVerdict.Unexpected);

    [Fact]
    public void Candidates_may_come_before_the_offer() => new WatchSession(Start).Candidate().ShouldBe(WatchVerdict.Relay);

    [Fact]
    public void After_the_end_nothing_is_passed_on_and_the_first_reason_stands()
    {
        var watch = new WatchSession(Start);
        watch.End(WatchEnd.DeviceDisconnected, Start.AddSeconds(2)).ShouldBeTrue();
        watch.End(WatchEnd.UserEnded, Start.AddSeconds(3)).ShouldBeFalse();

        watch.Offer(Start.AddSeconds(4)).ShouldBe(WatchVerdict.Over);
        watch.Answer().ShouldBe(WatchVerdict.Over);
        watch.Candidate().ShouldBe(WatchVerdict.Over);
        watch.Reason.ShouldBe(WatchEnd.DeviceDisconnected);
        watch.EndedAt.ShouldBe(Start.AddSeconds(2));
    }

    [Fact]
    public void A_minute_without_an_offer_is_too_long_but_an_active_one_may_last()
    {
        var pending = new WatchSession(Start);
        pending.IsOverdue(Start.AddSeconds(60)).ShouldBeFalse();
        pending.IsOverdue(Start.AddSeconds(61)).ShouldBeTrue();

        var active = new WatchSession(Start);
        active.Offer(Start);
        active.IsOverdue(Start.AddHours(8)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(WatchEnd.UserEnded, "user_ended")]
    [InlineData(WatchEnd.ViewerDisconnected, "viewer_disconnected")]
    [InlineData(WatchEnd.DeviceDisconnected, "device_disconnected")]
    [InlineData(WatchEnd.Timeout, "timeout")]
    [InlineData(WatchEnd.Error, "error")]
    internal void Reasons_have_their_documented_words(WatchEnd reason, string word) => WatchWords.Of(reason).ShouldBe(word);
}
