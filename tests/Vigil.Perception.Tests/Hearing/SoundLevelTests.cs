using FsCheck;
using FsCheck.Fluent;
using Vigil.Perception.Hearing;

namespace Vigil.Perception.Tests.Hearing;

public sealed class SoundLevelTests
{
    [Fact]
    public void The_loudest_possible_negative_sample_is_not_silence() =>
        SoundLevel.Measure([0, short.MinValue, 0, 0]).ShouldBe(new SoundLevel(32_767, 8_192));

    [Fact]
    public void Full_scale_noise_of_a_minute_does_not_overflow()
    {
        var minute = new short[16_000 * 60];
        Array.Fill(minute, short.MinValue);

        SoundLevel.Measure(minute).ShouldBe(new SoundLevel(32_767, 32_767));
    }

    [Fact]
    public void No_samples_are_silence() => SoundLevel.Measure([]).ShouldBe(SoundLevel.Silence);

    [Fact]
    public void Vectors_and_plain_arithmetic_agree_for_every_length() =>
        Prop.ForAll(ArbMap.Default.ArbFor<short[]>(), block =>
        {
            var magnitudes = block.Select(sample => Math.Abs((int)sample)).DefaultIfEmpty(0).ToArray();
            return SoundLevel.Measure(block)
                == new SoundLevel(Math.Min(magnitudes.Max(), 32_767), Math.Min((int)(magnitudes.Sum() / magnitudes.Length), 32_767));
        }).Check(Config.QuickThrowOnFailure.WithEndSize(300));

    [Fact]
    public void The_history_has_one_point_per_five_seconds_with_their_maximum_and_mean()
    {
        var history = new LevelHistory();
        var start = new DateTimeOffset(2026, 3, 1, 2, 0, 1, TimeSpan.Zero);
        history.Push(start, new SoundLevel(100, 10), out _).ShouldBeFalse();
        history.Push(start.AddSeconds(3), new SoundLevel(900, 30), out _).ShouldBeFalse();

        history.Push(start.AddSeconds(4), new SoundLevel(5, 5), out var point).ShouldBeTrue();

        point.ShouldBe(new LevelPoint(start.AddSeconds(-1), 900, 20));
    }

    [Fact]
    public void Silence_for_an_hour_leaves_no_points_and_a_small_step_back_no_second_one()
    {
        var history = new LevelHistory();
        var start = new DateTimeOffset(2026, 3, 1, 2, 0, 0, TimeSpan.Zero);
        history.Push(start, new SoundLevel(1, 1), out _);

        history.Push(start.AddHours(1), new SoundLevel(2, 2), out var first).ShouldBeTrue();
        first.At.ShouldBe(start);
        history.Push(start.AddHours(1).AddMilliseconds(-1), new SoundLevel(3, 3), out _).ShouldBeFalse();
        history.Push(start.AddMinutes(1), new SoundLevel(4, 4), out var second).ShouldBeTrue("the clock was set back by an hour");
        second.Max.ShouldBe(3);
    }
}
