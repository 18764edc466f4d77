using Vigil.Server.Detection;

namespace Vigil.Server.Tests.Detection;

/// <summary>What Vigil itself plays into the room is nobody crying.</summary>
public sealed class RoomPlaysTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private readonly RoomPlays plays = new();

    [Fact]
    public void While_a_parent_speaks_no_window_counts_that_holds_a_word()
    {
        plays.Hear(Night, new RoomMoment(Talking: true, Playing: false, Louder: true));
        plays.Hear(Night.AddSeconds(1), new RoomMoment(Talking: false, Playing: false, Louder: true));

        plays.Judge(1, Night.AddSeconds(1)).ShouldBe(0);
        plays.Judge(1, Night.AddSeconds(2)).ShouldBe(0);
        plays.Judge(1, Night.AddSeconds(2.1)).ShouldBe(1);
        plays.Threshold(0.5f).ShouldBe(0.5f);
    }

    [Fact]
    public void While_a_lullaby_plays_crying_must_be_louder_and_surer()
    {
        plays.Hear(Night, new RoomMoment(Talking: false, Playing: true, Louder: false));
        plays.Judge(1, Night).ShouldBe(0);
        plays.Threshold(0.5f).ShouldBeGreaterThan(0.8f);

        plays.Hear(Night.AddSeconds(1), new RoomMoment(Talking: false, Playing: true, Louder: true));
        plays.Judge(1, Night.AddSeconds(1)).ShouldBe(1);
        plays.Judge(1, Night.AddSeconds(4)).ShouldBe(0);
    }

    [Fact]
    public void Sensitivity_and_what_was_learnt_move_the_threshold_and_learning_is_bounded()
    {
        CrySensitivity.Threshold(0.5f, "normal", 0).ShouldBe(0.5f);
        CrySensitivity.Threshold(0.5f, "low", 0).ShouldBeGreaterThan(0.7f);
        CrySensitivity.Threshold(0.5f, "high", 0).ShouldBeLessThan(0.35f);
        CrySensitivity.Threshold(0.5f, "normal", 9).ShouldBe(CrySensitivity.Threshold(0.5f, "normal", CrySensitivity.MostLearnt));
    }

    [Fact]
    public void Why_the_threshold_is_what_it_is_is_said_in_one_sentence()
    {
        HearingEndpoints.Explain(0.5f, 0, []).ShouldBe("Vigil calls when it is 50 % sure.");
        HearingEndpoints.Explain(0.5f, 0.25f, [new CryFeedback { Said = "not_cry" }, new CryFeedback { Said = "not_cry" }, new CryFeedback { Said = "missed" }])
            .ShouldBe("Vigil calls when it is 56 % sure instead of 50 %, because you said “not a cry” 2 times and “missed one” once.");
        HearingEndpoints.Explain(0.5f, 1, [new CryFeedback { Said = "not_cry" }]).ShouldContain("as far as it moves");
    }
}
