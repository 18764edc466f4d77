using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.WebRtc;
using Vigil.Testing;

namespace Vigil.Media.Tests.WebRtc;

public sealed class BeatTests
{
    [Fact]
    public async Task The_transport_beats_while_it_works_and_not_while_something_in_it_is_stuck()
    {
        var beats = 0;
        var stuck = false;
        var looked = 0;
        var time = new ManualTime();
        await using var host = new WebRtcHost(
            new WebRtcOptions { Port = 0, Addresses = [IPAddress.Loopback], Beat = () => Interlocked.Increment(ref beats) }, time, NullLogger.Instance)
        {
            OthersStuck = () =>
            {
                Interlocked.Increment(ref looked);
                return Volatile.Read(ref stuck);
            },
        };
        await UntilAsync(() => Volatile.Read(ref beats) > 2);

        Volatile.Write(ref stuck, true);
        await UntilLookedAsync();
        var before = Volatile.Read(ref beats);
        await UntilLookedAsync();
        Volatile.Read(ref beats).ShouldBe(before);

        Volatile.Write(ref stuck, false);
        await UntilAsync(() => Volatile.Read(ref beats) > before);

        Task UntilLookedAsync()
        {
            var seen = Volatile.Read(ref looked);
            return UntilAsync(() => Volatile.Read(ref looked) > seen + 2);
        }

        async Task UntilAsync(Func<bool> done)
        {
            while (!done())
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Work_that_stays_from_one_look_to_the_next_is_stuck_and_waiting_is_not()
    {
        var turn = new WorkTurn();
        turn.IsStuck().ShouldBeFalse();
        turn.IsStuck().ShouldBeFalse();

        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var work = Task.Run(() => turn.Do(() =>
        {
            inside.Set();
            go.Wait(TestContext.Current.CancellationToken);
            return 0;
        }));
        inside.Wait(TestContext.Current.CancellationToken);
        turn.IsStuck().ShouldBeFalse();
        turn.IsStuck().ShouldBeTrue();

        go.Set();
        await work;
        turn.IsStuck().ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => turn.Do<int>(() => throw new InvalidDataException()));
        turn.IsStuck().ShouldBeFalse();
    }
}
