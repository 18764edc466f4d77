using Vigil.Perception.Vision;

namespace Vigil.Perception.Tests.Vision;

public sealed class MotionDetectorTests
{
    private static readonly PictureArea LeftHalfMasked = new(true, [new(0, 0), new(0.5f, 0), new(0.5f, 1), new(0, 1)]);
    private static readonly PictureArea LeftHalfZone = new(false, LeftHalfMasked.Points);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public void Somebody_who_walks_through_the_room_moves_and_the_box_is_around_them(int sensitivity)
    {
        var watched = new Watched(sensitivity);
        watched.Look(20).ShouldAllBe(s => !s.Moving);

        var seen = watched.Look(4, (room, t) => room.Thing = (20 + (20 * t), 30, 18, 45, 200));

        seen.Count(s => s.Moving).ShouldBeGreaterThan(seen.Count * 3 / 4);
        var box = seen[^1].Box.ShouldNotBeNull();
        box.X.ShouldBeInRange(0.35f, 0.64f); // It stands at 96 to 114 of 160; where it just was may still belong to it.
        (box.X + box.Width).ShouldBeInRange(0.68f, 0.76f);
        box.Y.ShouldBeInRange(0.25f, 0.4f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(15)]
    public void Noise_alone_never_moves_at_the_highest_sensitivity(float noise)
    {
        var watched = new Watched(10);
        watched.Room.Noise = noise;
        watched.Look(120).ShouldAllBe(s => !s.Moving);
    }

    [Fact]
    public void Noise_that_grows_at_once_is_noise()
    {
        var watched = new Watched(10);
        watched.Look(20);
        watched.Look(30, (room, _) => room.Noise = 14).ShouldAllBe(s => !s.Moving);
    }

    [Fact]
    public void A_slow_dawn_is_not_motion_and_somebody_in_it_is()
    {
        var watched = new Watched(8);
        watched.Look(10, (room, _) => room.Gain = 0.3f);
        watched.Look(600, (room, t) => room.Gain = 0.3f + (t / 600)).ShouldAllBe(s => !s.Moving);
        watched.Look(4, (room, t) => room.Thing = (20 + (20 * t), 30, 18, 45, 200)).ShouldContain(s => s.Moving);
    }

    [Theory]
    [InlineData(2.2f, 0)]
    [InlineData(0.3f, 0)]
    [InlineData(1, 70)]
    [InlineData(0.5f, 90)]
    public void A_light_that_is_switched_is_not_motion(float gain, float offset)
    {
        var watched = new Watched(8);
        watched.Room.Gain = 0.8f;
        watched.Look(20);
        watched.Look(20, (room, _) => (room.Gain, room.Offset) = (0.8f * gain, offset)).ShouldAllBe(s => !s.Moving);
        watched.Look(4, (room, t) => room.Thing = (20 + (20 * t), 30, 18, 45, 20)).ShouldContain(s => s.Moving);
    }

    [Fact]
    public void The_night_filter_with_its_dark_moment_and_its_noise_is_not_motion()
    {
        var watched = new Watched(7);
        watched.Look(20);
        watched.Look(30, (room, t) => (room.Gain, room.Offset, room.Noise) = t switch
        {
            < 0.7f => (0.02f, 5, 1),
            < 1.4f => (-0.6f, 230, 6), // Leaves and cloth are bright in infrared that were dark before.
            _ => (-0.5f, 190, 6),
        }).ShouldAllBe(s => !s.Moving);
    }

    [Theory]
    [InlineData(2.6f)]
    [InlineData(0.4f)]
    public void A_shaking_camera_is_not_motion(float far)
    {
        var watched = new Watched();
        watched.Look(20);
        watched.Look(20, (room, t) => room.ShakeX = far * MathF.Sin(t * 9)).Count(s => s.Moving).ShouldBe(0);
    }

    [Fact]
    public void What_moves_in_a_mask_or_outside_the_zones_does_not_count()
    {
        foreach (var (area, x, expected) in new[] { (LeftHalfMasked, 10, false), (LeftHalfMasked, 110, true), (LeftHalfZone, 10, true), (LeftHalfZone, 110, false) })
        {
            var watched = new Watched(5, area);
            watched.Look(20);
            watched.Look(4, (room, t) => room.Thing = (x + (6 * t), 30, 18, 45, 210)).Exists(s => s.Moving).ShouldBe(expected);
        }
    }

    [Fact]
    public void Who_stands_still_no_longer_moves_and_leaves_no_ghost()
    {
        var watched = new Watched();
        watched.Look(20);
        watched.Look(3, (room, t) => room.Thing = (20 + (20 * t), 30, 18, 45, 200)).ShouldContain(s => s.Moving);
        watched.Look(2);
        watched.Look(60).ShouldAllBe(s => !s.Moving);
        watched.Look(1, (room, _) => room.Thing = null);
        watched.Look(2);
        watched.Look(60).ShouldAllBe(s => !s.Moving);
    }

    [Fact]
    public void Somebody_right_before_the_camera_is_motion_though_the_whole_picture_changes()
    {
        var watched = new Watched();
        watched.Look(20);
        watched.Look(12, (room, t) => room.Thing = (-40 + (30 * MathF.Sin(t * 4)), -5, 190, 100, 60 + (40 * MathF.Sin(t * 5)))).ShouldContain(s => s.Moving);
    }

    [Fact]
    public void A_small_thing_needs_a_high_sensitivity()
    {
        foreach (var (sensitivity, expected) in new[] { (1, false), (10, true) })
        {
            var watched = new Watched(sensitivity);
            watched.Look(20);
            watched.Look(4, (room, t) => room.Thing = (20 + (8 * t), 10, 12, 10, 200)).Exists(s => s.Moving).ShouldBe(expected);
        }
    }

    [Fact]
    public void An_area_that_crosses_itself_or_leaves_the_picture_is_no_trouble()
    {
        PictureArea.Ignored([new(true, [new(0, 0), new(1, 1), new(1, 0), new(0, 1)])]).Count(i => i).ShouldBeInRange(MotionGrid.Pixels / 3, MotionGrid.Pixels * 2 / 3);
        PictureArea.Ignored([new(true, [new(0, 0), new(1, 0), new(1, 1), new(0, 1)])]).ShouldAllBe(i => i);
        PictureArea.Ignored([]).ShouldAllBe(i => !i);
    }
}
