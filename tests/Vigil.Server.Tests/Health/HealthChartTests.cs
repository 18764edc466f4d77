using System.Net;
using Dapper;
using Vigil.Testing;

namespace Vigil.Server.Tests.Health;

/// <summary>Part (b) of the health contract: the charts of its mobile app.</summary>
public sealed class HealthChartTests : IAsyncLifetime
{
    /// <summary>A Thursday.</summary>
    private readonly ManualTime _time = new(new DateTimeOffset(2025, 11, 13, 21, 30, 0, TimeSpan.Zero));
    private TestServer _server = null!;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(_time, new Dictionary<string, string> { ["Accounts:AccessTokenMinutes"] = "129600" });
        _ana = await HealthClient.RegisterAsync(_server);
        await using var connection = await _server.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("update household set time_zone = 'UTC'");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nothing_is_charts_without_points()
    {
        (await _ana.ReadAsync("/health/charts/temperature-humidity")).ToString().ShouldBe("""{"labels":[],"temperature":[],"humidity":[]}""");
        (await _ana.ReadAsync("/health/charts/cry-frequency")).ToString().ShouldBe("""{"labels":[],"cry_count":[],"sick_count":[]}""");
        var distribution = await _ana.ReadAsync("/health/charts/health-distribution");
        distribution.GetProperty("values").ToString().ShouldBe("[0,0,0,0]");
        distribution.GetProperty("percentages").ToString().ShouldBe("[0,0,0,0]");
        distribution.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ShouldBe(["Bình thường", "Khóc", "Sốt", "Nguy hiểm"]);
        distribution.GetProperty("colors").ToString().ShouldBe("""["#4CAF50","#FFC107","#FF9800","#F44336"]""");
        var heatmap = await _ana.ReadAsync("/health/charts/hourly-heatmap");
        heatmap.GetProperty("hours").GetArrayLength().ShouldBe(24);
        heatmap.GetProperty("days").ToString().ShouldBe("""["Sun","Mon","Tue","Wed","Thu","Fri","Sat"]""");
        heatmap.GetProperty("data").EnumerateArray().Select(row => row.GetArrayLength()).ShouldBe([24, 24, 24, 24, 24, 24, 24]);
    }

    [Fact]
    public async Task Readings_stand_in_every_chart()
    {
        await _ana.UploadAsync(36.44, 50);
        await _ana.UploadAsync(39, 50);
        await _ana.UploadAsync(36.5, 50, Sounds.Crying);
        _time.Advance(TimeSpan.FromHours(3)); // Friday, 00:30.
        await _ana.UploadAsync(38.5, 61.26, Sounds.Crying);

        var lines = await _ana.ReadAsync("/health/charts/temperature-humidity?interval=1 hour&days=1");
        lines.GetProperty("labels").ToString().ShouldBe("""["11/13 21:00","11/14 00:00"]""");
        lines.GetProperty("temperature").ToString().ShouldBe("[37.3,38.5]");
        lines.GetProperty("humidity").ToString().ShouldBe("[50,61.3]");
        (await _ana.ReadAsync("/health/charts/cry-frequency?interval=1 day&days=7")).ToString()
            .ShouldBe("""{"labels":["Thu 13","Fri 14"],"cry_count":[1,1],"sick_count":[0,1]}""");
        var distribution = await _ana.ReadAsync("/health/charts/health-distribution?days=7");
        distribution.GetProperty("values").ToString().ShouldBe("[1,1,1,1]");
        distribution.GetProperty("percentages").ToString().ShouldBe("[25,25,25,25]");
        var cells = (await _ana.ReadAsync("/health/charts/hourly-heatmap?days=7")).GetProperty("data");
        cells[4][21].GetInt32().ShouldBe(1);
        cells[5][0].GetInt32().ShouldBe(1);
        cells.EnumerateArray().SelectMany(row => row.EnumerateArray()).Sum(cell => cell.GetInt32()).ShouldBe(2);
    }

    [Fact]
    public async Task Hours_and_days_are_those_of_the_households_clock()
    {
        await using (var connection = await _server.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("update household set time_zone = 'Asia/Ho_Chi_Minh'");
        }

        await _ana.UploadAsync(36.5, 50, Sounds.Crying);

        (await _ana.ReadAsync("/health/charts/cry-frequency")).GetProperty("labels").ToString().ShouldBe("""["Fri 14"]""", "04:30 there");
        (await _ana.ReadAsync("/health/charts/hourly-heatmap")).GetProperty("data")[5][4].GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Questions_out_of_range_are_refused()
    {
        foreach (var question in new[] { "temperature-humidity?days=0", "temperature-humidity?days=31", "cry-frequency?days=week", "health-distribution?days=31", "hourly-heatmap?days=-1" })
        {
            (await _ana.GetAsync("/health/charts/" + question)).Status.ShouldBe(HttpStatusCode.UnprocessableEntity, question);
        }

        foreach (var question in new[] { "temperature-humidity?interval=soon", "cry-frequency?interval=1 fortnight" })
        {
            (await _ana.GetAsync("/health/charts/" + question)).Status.ShouldBe(HttpStatusCode.BadRequest, question);
        }
    }
}
