using Vigil.Perception.Vision;

namespace Vigil.Perception.Tests.Vision;

public sealed class MotionAlarmTests
{
    private static readonly TimeSpan Minimum = TimeSpan.FromSeconds(1);
    private readonly MotionAlarm alarm = new();

    [Fact]
    public void Motion_shorter_than_the_minimum_is_nothing()
    {
        See(10, true).ShouldBe(MotionStep.None);
        See(10.5, true).ShouldBe(MotionStep.None);
        See(11, false).ShouldBe(MotionStep.None);
        See(13, false).ShouldBe(MotionStep.None);
        See(14, true).ShouldBe(MotionStep.None); // Not the second part of the first.
        See(16, false).ShouldBe(MotionStep.None);
    }

    [Fact]
    public void Motion_begins_with_its_first_movement_and_ends_with_its_last()
    {
        See(10, true);
        See(10.5, false);
        See(11, true).ShouldBe(MotionStep.Began);
        alarm.From.ShouldBe(TimeSpan.FromSeconds(10));
        See(12, true).ShouldBe(MotionStep.Grew);
        See(14, false).ShouldBe(MotionStep.None);
        See(15.1, false).ShouldBe(MotionStep.Ended);
        alarm.Ended.ShouldBe((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(12)));
        See(16, false).ShouldBe(MotionStep.None);
    }

    [Fact]
    public void The_box_is_around_all_of_the_motion_and_anew_for_the_next()
    {
        alarm.See(Sight(10, new PictureBox(0.1f, 0.1f, 0.2f, 0.2f)), TimeSpan.Zero).ShouldBe(MotionStep.Began);
        alarm.See(Sight(11, new PictureBox(0.5f, 0.3f, 0.25f, 0.25f)), TimeSpan.Zero);
        alarm.Box.Width.ShouldBe(0.65f, 0.001f);
        alarm.Box.Height.ShouldBe(0.45f, 0.001f);
        See(15, false);
        alarm.See(Sight(20, new PictureBox(0.5f, 0.5f, 0.25f, 0.25f)), TimeSpan.Zero);
        alarm.Box.ShouldBe(new PictureBox(0.5f, 0.5f, 0.25f, 0.25f));
    }

    [Fact]
    public void Pictures_two_seconds_apart_can_make_motion_and_endless_motion_is_cut()
    {
        See(10, true);
        See(12, true).ShouldBe(MotionStep.Began);
        var steps = Enumerable.Range(7, 400).Select(i => See(i * 2, true)).ToList();
        steps.ShouldContain(MotionStep.Ended);
        steps.Count(s => s == MotionStep.Began).ShouldBeGreaterThan(1);
    }

    [Fact]
    public void Nothing_more_to_see_ends_what_goes_on()
    {
        alarm.Break().ShouldBe(MotionStep.None);
        See(10, true);
        See(11, true);
        alarm.Break().ShouldBe(MotionStep.Ended);
    }

    private MotionStep See(double at, bool moving) => alarm.See(Sight(at, moving ? new PictureBox(0, 0, 0.1f, 0.1f) : null), Minimum);

    private static MotionSight Sight(double at, PictureBox? box) => new() { At = TimeSpan.FromSeconds(at), Box = box, Cells = [] };
}
