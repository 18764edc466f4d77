using Vigil.Media.Recording;
using Vigil.Server.Recordings.Retention;

namespace Vigil.Server.Tests.Recordings.Retention;

public sealed class RetentionPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Footage_goes_by_the_end_of_the_recording_it_belongs_to_not_by_its_start()
    {
        var due = Piece(0, Now.AddHours(-40), FootageClaim.Recording, Now.AddHours(-25));
        var recordingThatEndedLater = Piece(1, Now.AddHours(-39), FootageClaim.Recording, Now.AddHours(-23));
        var running = Piece(2, Now.AddHours(-38), FootageClaim.Recording, null);
        var camera = Camera([due, recordingThatEndedLater, running], TimeSpan.FromHours(24), bytes: 10_000);

        Make(camera, swept: Now.AddHours(-2)).Delete.ShouldBe([due.Segment]);
        Make(camera with { KeptFor = null }, swept: Now.AddHours(-2)).Delete.ShouldBeEmpty();
    }

    [Fact]
    public void Clips_have_a_time_of_their_own_and_what_is_protected_has_none()
    {
        var old = Now.AddDays(-30);
        var camera = Camera(
            [Piece(0, old, FootageClaim.None, old), Piece(1, old, FootageClaim.Clip, old), Piece(2, old, FootageClaim.Protected, old)],
            TimeSpan.FromDays(7), bytes: 10_000);

        Make(camera).Delete.Select(s => s.Path).ShouldBe(["1/0"]);
        Make(camera with { ClipsKeptFor = TimeSpan.FromDays(7) }).Delete.Select(s => s.Path).ShouldBe(["1/0", "1/1"]);
    }

    [Fact]
    public void For_room_the_oldest_goes_first_clips_last_and_only_as_much_as_is_needed()
    {
        var camera = Camera(
            [
                Piece(0, Now.AddHours(-9), FootageClaim.Clip, Now.AddHours(-9)), Piece(1, Now.AddHours(-8)), Piece(2, Now.AddHours(-7)),
                Piece(3, Now.AddHours(-6)), Piece(4, Now.AddMinutes(-2)),
            ],
            keptFor: null, bytes: 10_000);

        Make(camera, free: 850, floor: 1000).Delete.Select(s => s.Path).ShouldBe(["1/1", "1/2"]);
        Make(camera with { MaxBytes = 9750 }).Delete.Select(s => s.Path).ShouldBe(["1/1", "1/2", "1/3"]);
        var all = Make(camera, free: 0, floor: 1000);
        all.Delete.Select(s => s.Path).ShouldBe(["1/1", "1/2", "1/3", "1/0"]); // The youngest may belong to something nobody has told yet.
        all.Lacking.ShouldBe(600);
    }

    [Fact]
    public void A_limit_of_the_household_takes_the_oldest_of_all_its_cameras_and_of_nobody_else()
    {
        var first = Camera([Piece(0, Now.AddHours(-5)), Piece(1, Now.AddHours(-3))], null, bytes: 1000);
        var second = Camera([Piece(0, Now.AddHours(-4), camera: 2)], null, bytes: 1000, id: 2);
        var neighbour = Camera([Piece(0, Now.AddHours(-9), camera: 3)], null, bytes: 1000, id: 3) with { HouseholdId = 2 };

        var steps = RetentionPlan.Make(State([first, second, neighbour]) with { HouseholdBytes = new Dictionary<long, long> { [1] = 1800 } });

        steps.Delete.Select(s => s.Path).ShouldBe(["1/0", "2/0"]);
        RetentionPlan.Make(State([first, second, neighbour]) with { ServerBytes = 2950 }).Delete.Select(s => s.Path).ShouldBe(["3/0"]);
    }

    [Fact]
    public void More_than_half_at_once_waits_until_somebody_agrees()
    {
        var pieces = Enumerable.Range(0, 10).Select(i => Piece(i, Now.AddDays(-20).AddHours(i))).ToList();
        var camera = Camera(pieces, TimeSpan.FromDays(7), bytes: 1500);

        // A clock that was set, or a time that was shortened: suddenly everything is due.
        var held = Make(camera, swept: null);
        held.Delete.ShouldBeEmpty();
        held.Held[1].ShouldBe(1000);
        Make(camera, swept: Now.AddMinutes(-1)).Delete.ShouldBeEmpty();

        Make(camera with { Agreed = true }, swept: null).Delete.Count.ShouldBe(10);
        // The ordinary course of things: a night's recording is past its time all at once.
        Make(camera, swept: Now.AddDays(-14)).Delete.Count.ShouldBe(10);
        // For room half goes, and no more; also not in the next round.
        var room = Make(camera with { KeptFor = null }, free: 0, floor: 5000);
        room.Delete.Count.ShouldBe(7);
        room.Held[1].ShouldBe(300);
        Make(camera with { KeptFor = null, Bytes = 800, DeletedLately = 700, Oldest = [.. pieces.Skip(7)] }, free: 0, floor: 5000).Delete.ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_the_state_nothing_protected_or_running_goes_and_never_more_than_half_unasked()
    {
        var random = new Random(33);
        for (var round = 0; round < 3000; round++)
        {
            var cameras = Enumerable.Range(1, random.Next(1, 5)).Select(id => Any(random, id)).ToList();
            var state = State(cameras) with
            {
                SweptUntil = random.Next(2) == 0 ? null : Now.AddHours(-random.Next(100)),
                FreeBytes = random.Next(3000),
                FloorBytes = random.Next(3000),
                ServerBytes = random.Next(3) == 0 ? random.Next(5000) : null,
                HouseholdBytes = new Dictionary<long, long> { [1] = random.Next(1, 5000) },
            };

            var steps = RetentionPlan.Make(state);

            steps.Delete.Select(s => s.Path).ShouldBeUnique();
            foreach (var camera in cameras)
            {
                var gone = camera.Oldest.Where(p => steps.Delete.Contains(p.Segment)).ToList();
                var outOfTurn = steps.OutOfTurn.GetValueOrDefault(camera.CameraId);
                gone.ShouldAllBe(p => p.Claim != FootageClaim.Protected);
                gone.ShouldAllBe(p => p.Segment.End < Now.AddMinutes(-5) || DueAt(p, camera) <= Now);
                (camera.Agreed || outOfTurn == 0 || (outOfTurn + camera.DeletedLately) * 2 <= camera.Bytes + camera.DeletedLately).ShouldBeTrue();
                gone.Where(p => !(DueAt(p, camera) > state.SweptUntil && DueAt(p, camera) <= Now)).Sum(p => p.Segment.Bytes).ShouldBe(outOfTurn);
            }
        }
    }

    [Theory]
    [InlineData(1100, 100, 0, null, 11.0)] // 1100 bytes of room, 100 a day, kept for ever
    [InlineData(1100, 100, 700, 7.0, null)] // has its week already: as much goes as comes
    [InlineData(500, 100, 0, 7.0, 5.0)]
    [InlineData(800, 100, 0, 7.0, null)]
    [InlineData(1000, 0, 5, null, null)]
    [InlineData(-5, 100, 0, null, 0.0)]
    public void The_room_lasts_until_more_has_come_than_there_is_room_for(long room, double perDay, long bytes, double? days, double? left)
    {
        var answer = Forecast.DaysLeft([new CameraRate(bytes, perDay, days is { } kept ? TimeSpan.FromDays(kept) : null)], room);

        (answer is null).ShouldBe(left is null);
        (answer ?? 0).ShouldBe(left ?? 0, 0.001);
    }

    [Fact]
    public void The_forecast_is_said_in_words_and_two_cameras_share_the_room()
    {
        // 300 a day until the first has its two days' worth, then 100 a day.
        CameraRate[] both = [new(0, 200, TimeSpan.FromDays(2)), new(0, 100, null)];
        Forecast.DaysLeft(both, 1000).ShouldNotBeNull().ShouldBe(6, 0.001);
        Forecast.Words(11.4, 100).ShouldStartWith("11 days left at this rate");
        Forecast.Words(null, 100).ShouldContain("room for everything");
    }

    private static DateTimeOffset? DueAt(FootagePiece piece, CameraFootage camera) =>
        piece.EndOfUse + (piece.Claim == FootageClaim.Clip ? camera.ClipsKeptFor : camera.KeptFor);

    private static CameraFootage Any(Random random, int id)
    {
        var pieces = Enumerable.Range(0, random.Next(20)).Select(i => Piece(
            i, Now.AddMinutes(-random.Next(1, 40_000)), (FootageClaim)random.Next(4), random.Next(6) == 0 ? null : Now.AddMinutes(-random.Next(0, 20_000)), id))
            .OrderBy(p => p.Segment.Start).ToList();
        return Camera(pieces, random.Next(3) == 0 ? null : TimeSpan.FromHours(random.Next(1, 300)), (pieces.Count * 100) + random.Next(1000), id) with
        {
            ClipsKeptFor = random.Next(2) == 0 ? null : TimeSpan.FromHours(random.Next(1, 300)),
            MaxBytes = random.Next(3) == 0 ? random.Next(1, 2000) : null,
            DeletedLately = random.Next(2) * random.Next(1000),
            Agreed = random.Next(4) == 0,
        };
    }

    private static RetentionSteps Make(CameraFootage camera, DateTimeOffset? swept = null, long free = 10_000, long floor = 0) =>
        RetentionPlan.Make(State([camera]) with { SweptUntil = swept, FreeBytes = free, FloorBytes = floor });

    private static RetentionState State(IReadOnlyList<CameraFootage> cameras) => new()
    {
        Now = Now,
        SweptUntil = null,
        Cameras = cameras,
        HouseholdBytes = new Dictionary<long, long>(),
        ServerBytes = null,
        FreeBytes = 10_000,
        FloorBytes = 0,
    };

    private static CameraFootage Camera(IReadOnlyList<FootagePiece> oldest, TimeSpan? keptFor, long bytes, int id = 1) => new()
    {
        CameraId = id,
        HouseholdId = 1,
        Bytes = bytes,
        KeptFor = keptFor,
        ClipsKeptFor = null,
        MaxBytes = null,
        Oldest = oldest,
    };

    private static FootagePiece Piece(int number, DateTimeOffset start, FootageClaim claim = FootageClaim.None, DateTimeOffset? end = null, int camera = 1)
    {
        var segment = new SegmentRecord
        {
            CameraId = camera,
            Path = $"{camera}/{number}",
            Start = start,
            End = start.AddMinutes(1),
            Bytes = 100,
            Ended = SegmentEnd.Continued,
        };
        return new FootagePiece(segment, claim, claim == FootageClaim.None ? end ?? segment.End : end);
    }
}
