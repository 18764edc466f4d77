using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Database;
using Vigil.Testing;

namespace Vigil.Server.Tests.Database;

public sealed class LoopOwnerTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Me = Guid.NewGuid();

    [Fact] // Flaw 6 of the camera contract: several processes, one scheduler.
    public async Task A_second_server_on_the_same_database_waits_until_the_first_is_stopped()
    {
        var first = await TestServer.StartAsync();
        await first.Services.GetRequiredService<LoopOwner>().WaitUntilOwnerAsync(Cancel);
        var time = new ManualTime();
        await using var second = await TestServer.StartAsync(time, database: first.ConnectionString);
        var waiting = second.Services.GetRequiredService<LoopOwner>();
        waiting.IsOwner.ShouldBeFalse();

        await first.DisposeAsync();

        var owned = waiting.WaitUntilOwnerAsync(Cancel);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(5), () => owned.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Losing_the_connection_loses_nothing_when_nobody_else_is_there()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var owner = server.Services.GetRequiredService<LoopOwner>();
        var lost = await owner.WaitUntilOwnerAsync(Cancel);
        await using (var connection = await server.Database.OpenConnectionAsync(Cancel))
        {
            await using var kill = connection.CreateCommand();
            kill.CommandText = "select pg_terminate_backend(backend_pid) from loop_ownership";
            await kill.ExecuteNonQueryAsync(Cancel);
        }

        // Reconnects, finds its own row, and takes the lock again; the row shows another backend.
        await using var asks = server.Database.CreateCommand("select count(*) from pg_locks where locktype = 'advisory' and objid = 84446 and granted and database = (select oid from pg_database where datname = current_database())");
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(5), () => (long)asks.ExecuteScalar()! == 1);

        owner.IsOwner.ShouldBeTrue();
        lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public void A_row_that_belongs_to_somebody_else_is_left_alone_for_ever_unless_a_promise_to_yield_ran_out()
    {
        var theirs = new LoopOwnership { OwnerId = Guid.NewGuid(), HeartbeatAt = Now - TimeSpan.FromDays(30), Now = Now };

        LoopPolicy.MayTake(theirs, Me, isPrivate: false, takeOver: false).ShouldBeFalse();
        LoopPolicy.MayTake(theirs with { YieldsAfterSeconds = 30, HeartbeatAt = Now - TimeSpan.FromSeconds(37) }, Me, false, false).ShouldBeFalse();
        LoopPolicy.MayTake(theirs with { YieldsAfterSeconds = 30, HeartbeatAt = Now - TimeSpan.FromSeconds(39) }, Me, false, false).ShouldBeTrue();
        LoopPolicy.MayTake(theirs, Me, isPrivate: false, takeOver: true).ShouldBeTrue();
        LoopPolicy.MayTake(theirs, Me, isPrivate: true, takeOver: false).ShouldBeTrue();
        LoopPolicy.MayTake(theirs with { OwnerId = null }, Me, false, false).ShouldBeTrue();
        LoopPolicy.MayTake(theirs with { OwnerId = Me }, Me, false, false).ShouldBeTrue();
    }

    [Fact]
    public void An_owner_that_promised_stops_well_before_the_other_may_start()
    {
        LoopPolicy.MayRunFor(promised: false, TimeSpan.FromDays(3)).ShouldBeNull();
        LoopPolicy.MayRunFor(promised: true, TimeSpan.FromSeconds(1)).ShouldBe(TimeSpan.FromSeconds(21));
        LoopPolicy.MayRunFor(promised: true, TimeSpan.FromMinutes(1)).ShouldBe(TimeSpan.Zero);
    }
}
