using Vigil.Server.Events;
using Vigil.Server.Health;

namespace Vigil.Server.Tests.Health;

/// <summary>The decisions of this feature, without a server.</summary>
public sealed class HealthPolicyTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("15 minutes", 15)]
    [InlineData("1 hour", 60)]
    [InlineData("6 hours", 360)]
    [InlineData("1 day", 1440)]
    [InlineData("1 week", 10080)]
    public void The_documented_intervals_are_understood(string text, int minutes)
    {
        Interval.TryParse(text, out var length).ShouldBeTrue();
        length.ShouldBe(TimeSpan.FromMinutes(minutes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hour")]
    [InlineData("1 hour\n")]
    [InlineData("1  hour")]
    [InlineData("١ hour")]
    [InlineData("1 HOUR")]
    [InlineData("99999 weeks")]
    public void Nothing_else_is(string text) => Interval.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(SickRule.CryingAndTemperature, 38.0, true, true)]
    [InlineData(SickRule.CryingAndTemperature, 38.0, false, false)]
    [InlineData(SickRule.CryingAndTemperature, 37.9, true, false)]
    [InlineData(SickRule.TemperatureOnly, 38.0, false, true)]
    [InlineData(SickRule.TemperatureOnly, 37.9, true, false)]
    public void Sick_is_what_the_household_s_rule_says(SickRule rule, double temperature, bool cry, bool sick) =>
        new HealthRules { SickRule = rule }.Judge(new Reading { Temperature = temperature, Cry = cry }).Sick.ShouldBe(sick);

    [Fact]
    public void The_hint_for_the_first_three_months_comes_only_when_asked_for_and_then()
    {
        var rules = new HealthRules { AgeHints = true, BornOn = new DateOnly(2025, 12, 1) };
        var reading = rules.Judge(new Reading { Temperature = 38, CreatedAt = Noon });

        AgeHint.Advice(rules, reading).ShouldContain("three months");
        AgeHint.Advice(rules with { AgeHints = false }, reading).ShouldBe(AgeHint.Usual);
        AgeHint.Advice(rules with { BornOn = null }, reading).ShouldBe(AgeHint.Usual);
        AgeHint.Advice(rules with { BornOn = new DateOnly(2025, 10, 15) }, reading).ShouldBe(AgeHint.Usual, "three months today");
        AgeHint.Advice(rules, rules.Judge(reading with { Temperature = 37.9 })).ShouldBe(AgeHint.Usual);
    }

    [Theory]
    [InlineData(37.5, 37.4, false)]
    [InlineData(37.5, 37.6, true)]
    [InlineData(38.5, 37.9, false)]
    [InlineData(38.5, 38.0, true)]
    [InlineData(39, 38.5, true)]
    public void The_hint_for_the_first_three_months_begins_at_38_degrees_or_where_the_household_set_a_lower_one(double feverAt, double temperature, bool hinted)
    {
        var rules = new HealthRules { AgeHints = true, BornOn = new DateOnly(2025, 12, 1), FeverAt = feverAt };

        var reading = rules.Judge(new Reading { Temperature = temperature, CreatedAt = Noon });
        var advice = AgeHint.Advice(rules, reading);

        AgeHint.AppliesTo(reading, rules).ShouldBe(hinted);
        advice.Contains("three months", StringComparison.Ordinal).ShouldBe(hinted);
        advice.Contains("38 °C or more", StringComparison.Ordinal).ShouldBe(temperature >= 38, "of a child with less it would not be true");
    }

    [Fact]
    public void A_value_that_plays_about_a_limit_is_one_trouble()
    {
        var room = new RoomLimits();
        var limit = new RoomLimit { TooHot = 24 };
        room.Take(limit, 23.9, 50, Noon).ShouldBeEmpty();
        room.Take(limit, 24, 50, Noon).ShouldBeEmpty("the limit itself is within");

        room.Take(limit, 24.2, 50, At(1)).Single().ShouldBe(new RoomTrouble(EventKind.RoomTooHot, At(1), true, "24.2°C (limit 24°C)"));
        room.Take(limit, 23.8, 50, At(2)).Single().ShouldBe(new RoomTrouble(EventKind.RoomTooHot, At(1), true, "23.8°C (limit 24°C)"));
        room.Take(limit, 23.4, 50, At(3)).Single().ShouldBe(new RoomTrouble(EventKind.RoomTooHot, At(1), false, "back to 23.4°C"));
        room.Take(limit, 23.4, 50, At(4)).ShouldBeEmpty();
    }

    [Fact]
    public void Cold_and_humid_have_their_own_limits_and_a_long_silence_begins_anew()
    {
        var room = new RoomLimits();
        var limit = new RoomLimit { TooCold = 16, TooHumid = 70 };

        room.Take(limit, 15, 75, At(0)).Select(trouble => trouble.Kind).ShouldBe([EventKind.RoomTooCold, EventKind.RoomTooHumid]);
        room.Take(limit, 15, 50, At(45)).Single().From.ShouldBe(At(45));
    }

    [Fact]
    public void A_room_whose_sensor_falls_silent_is_in_trouble_no_longer_than_anybody_knows()
    {
        var room = new RoomLimits();
        room.Take(new RoomLimit { TooHot = 24 }, 25, 50, At(0));

        room.Silent(At(30)).ShouldBeEmpty();
        room.Silent(At(31)).Single().ShouldBe(new RoomTrouble(EventKind.RoomTooHot, At(0), false, "the sensor is silent"));
        room.Silent(At(32)).ShouldBeEmpty();
    }

    private static DateTimeOffset At(int minutes) => Noon.AddMinutes(minutes);
}
