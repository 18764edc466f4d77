using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

public sealed class PlayoutChoiceTests
{
    private readonly PlayoutChoice choice = new();

    [Fact]
    public void Pictures_are_shown_as_they_come_until_one_is_lost_and_again_when_the_line_was_calm_for_half_a_minute()
    {
        At(0).ShouldBe((TimeSpan.Zero, PlayoutChoice.AtOnce));
        Lose(3, second: 5);
        At(5).ShouldBe((TimeSpan.Zero, PlayoutChoice.PlayersChoice));
        At(34).ShouldBe((TimeSpan.Zero, PlayoutChoice.PlayersChoice));
        At(35).ShouldBe((TimeSpan.Zero, PlayoutChoice.AtOnce));
    }

    [Fact]
    public void A_line_that_goes_on_losing_gets_a_reserve_in_which_two_questions_fit()
    {
        for (var second = 1; second <= 10; second++)
        {
            Lose(14, second); // 3 % of a 4 Mbit/s picture.
        }

        At(10).ShouldBe((PlayoutChoice.Reserve, PlayoutChoice.PlayersChoice));
        At(40).ShouldBe((TimeSpan.Zero, PlayoutChoice.AtOnce));
    }

    [Fact]
    public void A_packet_now_and_then_never_adds_up_to_a_rough_line()
    {
        for (var second = 1; second <= 600; second++)
        {
            Lose(1, second);
        }

        At(600).Least.ShouldBe(TimeSpan.Zero);
    }

    private (TimeSpan Least, TimeSpan Most) At(int second) => choice.At(TimeSpan.FromSeconds(second));

    private void Lose(int packets, int second) => choice.Lost(packets, TimeSpan.FromSeconds(second));
}
