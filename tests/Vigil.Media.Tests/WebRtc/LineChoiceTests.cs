using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

public sealed class LineChoiceTests
{
    private const long Needed = 4_000_000;
    private readonly LineChoice line = new();
    private int second;

    [Fact]
    public void A_line_that_is_too_narrow_for_a_while_gets_the_small_picture_and_a_hiccup_does_not()
    {
        Seconds(10, limit: 5_000_000).ShouldBeFalse();
        Seconds(1, limit: 500_000).ShouldBeFalse();
        Seconds(5, limit: 5_000_000).ShouldBeFalse();
        Seconds(4, limit: 500_000).ShouldBeTrue();
    }

    [Fact]
    public void First_estimates_and_an_unknown_need_count_for_nothing()
    {
        Seconds(4, limit: 300_000).ShouldBeFalse();
        Seconds(20, limit: 300_000, needed: 0).ShouldBeFalse();
    }

    [Fact]
    public void What_Chromium_says_of_a_line_without_limit_never_takes_the_big_picture_away()
    {
        // Of 4 Mbit/s over loopback, on a machine with a load of 38: nothing for five seconds, then one estimate a second.
        Seconds(5, limit: null);
        foreach (var kbps in new[] { 3403, 3627, 3861, 4110, 4245, 4519, 4810, 5121, 5368, 5714, 5804, 5991, 6279 })
        {
            Seconds(1, kbps * 1000).ShouldBeFalse();
        }

        // It takes a pause of the machine for a queue, and begins again from 0.85 of what comes.
        foreach (var kbps in new[] { 3400, 3400, 3400, 3600, 3900 })
        {
            Seconds(1, kbps * 1000).ShouldBeFalse();
        }
    }

    [Fact]
    public void Much_loss_is_a_narrow_line_too()
    {
        Seconds(10, limit: 9_000_000).ShouldBeFalse();
        Seconds(4, limit: 9_000_000, lost: 60).ShouldBeTrue();
    }

    [Fact]
    public void Going_up_is_tried_after_a_pause_that_doubles_with_each_failure()
    {
        while (!Seconds(1, limit: 600_000))
        {
        }

        var pauses = new List<int>();
        for (var failure = 0; failure < 7; failure++)
        {
            var pause = 0;
            while (Seconds(1, limit: 600_000))
            {
                pause++;
            }

            pauses.Add(pause);
            while (!Seconds(1, limit: 600_000))
            {
            }
        }

        pauses.Zip([15, 30, 60, 120, 240, 240, 240]).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) <= 1);
        while (Seconds(1, limit: 5_000_000))
        {
        }

        Seconds(60, limit: 5_000_000).ShouldBeFalse("it fits now");
        Seconds(4, limit: 500_000).ShouldBeTrue();
        Seconds(13, limit: 600_000).ShouldBeTrue();
        Seconds(3, limit: 600_000).ShouldBeFalse("a line that carried it for a minute is tried soon");
    }

    [Fact]
    public void A_try_that_loses_everything_is_given_up_at_the_second_report_and_one_that_loses_its_first_key_frame_is_not()
    {
        while (!Seconds(1, limit: null, lost: 90))
        {
        }

        while (Seconds(1, limit: null, lost: 0))
        {
        }

        Seconds(1, limit: null, lost: 90).ShouldBeFalse();
        Seconds(1, limit: null, lost: 0).ShouldBeFalse("the key frame that it began with");
        Seconds(1, limit: null, lost: 90).ShouldBeFalse();
        Seconds(1, limit: null, lost: 90).ShouldBeTrue();
    }

    [Fact]
    public void What_Chromium_says_while_it_climbs_from_what_the_small_picture_took_does_not_take_the_big_one_away_again()
    {
        while (!Seconds(1, limit: null, lost: 90))
        {
        }

        while (Seconds(1, limit: 150_000))
        {
        }

        for (double estimate = 150_000; estimate < 5_000_000; estimate *= 1.08)
        {
            Seconds(1, (long)estimate).ShouldBeFalse();
            if (second % 9 == 0)
            {
                Seconds(3, (long)estimate).ShouldBeFalse("it holds on when it takes a pause of the machine for a queue");
            }
        }

        Seconds(4, limit: 500_000).ShouldBeTrue("from then on it is believed at once");
    }

    [Fact]
    public void An_estimate_that_stands_still_far_below_ends_a_try_without_any_loss()
    {
        while (!Seconds(1, limit: null, lost: 90))
        {
        }

        while (Seconds(1, limit: 150_000))
        {
        }

        Seconds(9, limit: 600_000).ShouldBeFalse();
        Seconds(8, limit: 600_000).ShouldBeTrue();
    }

    private bool Seconds(int count, long? limit, byte lost = 0, long needed = Needed)
    {
        for (; count > 0; count--)
        {
            if (limit is { } said)
            {
                line.Limited(said);
            }

            line.Lost(lost);
            line.Decide(needed, TimeSpan.FromSeconds(++second));
        }

        return line.IsNarrow;
    }
}
