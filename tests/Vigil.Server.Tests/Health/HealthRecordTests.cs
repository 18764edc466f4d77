using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vigil.Server.Health;

namespace Vigil.Server.Tests.Health;

/// <summary>Part (a) of the health contract, by a client that knows nothing else.</summary>
public sealed class HealthRecordTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    private readonly TestServer _server = shared.Server;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync() => _ana = await HealthClient.RegisterAsync(_server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_reading_without_sound_is_stored_and_told_as_documented()
    {
        var (status, record) = await _ana.UploadAsync(temperature: "37.5", humidity: "60.5", notes: "after the nap");

        status.ShouldBe(HttpStatusCode.Created);
        record.EnumerateObject().Select(field => field.Name)
            .ShouldBe(["id", "user_id", "temperature", "humidity", "audio_url", "cry_detected", "sick_detected", "created_at", "notes"], ignoreOrder: true);
        record.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Number);
        record.GetProperty("user_id").GetInt64().ShouldBe(_ana.UserId);
        record.GetProperty("temperature").GetDouble().ShouldBe(37.5);
        record.GetProperty("humidity").GetDouble().ShouldBe(60.5);
        record.GetProperty("audio_url").ValueKind.ShouldBe(JsonValueKind.Null);
        record.GetProperty("cry_detected").GetBoolean().ShouldBeFalse();
        record.GetProperty("sick_detected").GetBoolean().ShouldBeFalse();
        record.GetProperty("created_at").GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
        record.GetProperty("notes").GetString().ShouldBe("after the nap");

        (await _ana.ReadAsync($"/health/{record.GetProperty("id")}")).ToString().ShouldBe(record.ToString());
        (await _ana.ReadAsync("/health/history")).EnumerateArray().Single().ToString().ShouldBe(record.ToString());
    }

    [Theory]
    [InlineData("-10.1", "50")]
    [InlineData("50.1", "50")]
    [InlineData("36", "-0.1")]
    [InlineData("36", "100.1")]
    [InlineData("nan", "50")]
    [InlineData("36", "inf")]
    [InlineData("1e999", "50")]
    public async Task Values_out_of_range_are_400(string temperature, string humidity)
    {
        var (status, body) = await _ana.UploadAsync(temperature, humidity);

        status.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("detail").ValueKind.ShouldBe(JsonValueKind.String);
    }

    [Theory]
    [InlineData("-10", "0")]
    [InlineData("50", "100")]
    public async Task The_ends_of_the_ranges_are_in_them(string temperature, string humidity) =>
        (await _ana.UploadAsync(temperature, humidity)).Status.ShouldBe(HttpStatusCode.Created);

    [Fact]
    public async Task Notes_have_500_characters_at_most()
    {
        (await _ana.UploadAsync(notes: new string('x', 500))).Status.ShouldBe(HttpStatusCode.Created);
        (await _ana.UploadAsync(notes: new string('x', 501))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(null, "50", "temperature", "missing")]
    [InlineData("36", null, "humidity", "missing")]
    [InlineData("warm", "50", "temperature", "float_parsing")]
    public async Task What_is_missing_or_no_number_is_422_with_its_place(string? temperature, string? humidity, string field, string type)
    {
        var (status, body) = await _ana.UploadAsync(temperature, humidity);

        status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var fault = body.GetProperty("detail").EnumerateArray().Single();
        fault.GetProperty("loc").EnumerateArray().Select(part => part.GetString()).ShouldBe(["body", field]);
        fault.GetProperty("msg").GetString().ShouldNotBeNullOrEmpty();
        fault.GetProperty("type").GetString().ShouldBe(type);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=many")]
    [InlineData("offset=-1")]
    [InlineData("cry_detected=perhaps")]
    [InlineData("sick_detected=2")]
    [InlineData("start_date=yesterday")]
    [InlineData("end_date=13.11.2025")]
    public async Task A_question_that_cannot_be_understood_is_422(string query)
    {
        var (status, body) = await _ana.GetAsync("/health/history?" + query);

        status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        body.GetProperty("detail")[0].GetProperty("loc")[0].GetString().ShouldBe("query");
        body.GetProperty("detail")[0].GetProperty("loc")[1].GetString().ShouldBe(query[..query.IndexOf('=', StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData("1 month")]
    [InlineData("0 hours")]
    [InlineData("1 hour'; drop table health_reading; --")]
    [InlineData("-1 hour")]
    [InlineData("99999 weeks")]
    public async Task An_interval_of_another_kind_is_400(string interval) =>
        (await _ana.GetAsync("/health/timeseries?interval=" + Uri.EscapeDataString(interval))).Status.ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task A_record_that_is_not_there_or_somebody_elses_is_404_and_one_without_number_422()
    {
        var (_, record) = await _ana.UploadAsync();
        var eve = await HealthClient.RegisterAsync(_server);

        foreach (var (client, id) in new[] { (_ana, "999999"), (eve, record.GetProperty("id").ToString()), (_ana, "99999999999999999999"), (_ana, "-1") })
        {
            var (status, body) = await client.GetAsync("/health/" + id);
            status.ShouldBe(HttpStatusCode.NotFound, id);
            body.ToString().ShouldBe("""{"detail":"Health record not found"}""");
        }

        foreach (var id in new[] { "abc", "1.5", "+-1", "-", "upload" })
        {
            var (status, body) = await _ana.GetAsync("/health/" + id);
            status.ShouldBe(HttpStatusCode.UnprocessableEntity, id);
            body.GetProperty("detail")[0].GetProperty("loc").ToString().ShouldBe("""["path","record_id"]""");
        }

        (await eve.ReadAsync("/health/history")).GetArrayLength().ShouldBe(0);
        (await eve.ReadAsync("/health/stats")).GetProperty("total_records").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_token_everything_but_the_test_is_401()
    {
        foreach (var path in new[] { "/health/history", "/health/stats", "/health/timeseries", "/health/1", "/health/charts/cry-frequency", "/uploads/audio_1_20251113_120000.wav" })
        {
            var answer = await _server.Client.GetAsync(path, TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        }

        (await _server.Client.PostAsync("/health/upload", null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _server.Client.GetStringAsync("/health/test/endpoint", TestContext.Current.CancellationToken))
            .ShouldBe("""{"message":"Health router is working!","cry_detection":"AI model ready"}""");
    }

    [Fact]
    public async Task Readings_that_arrive_together_are_all_stored_and_the_hours_agree()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _ana.UploadAsync(30 + (i % 10), 50)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        answers.Select(answer => answer.Body.GetProperty("id").GetInt64()).Distinct().Count().ShouldBe(200);
        foreach (var (_, body) in answers)
        {
            (await _ana.ReadAsync($"/health/{body.GetProperty("id")}")).ToString().ShouldBe(body.ToString(), "each has its own row");
        }

        var stats = await _ana.ReadAsync("/health/stats");
        stats.GetProperty("total_records").GetInt32().ShouldBe(200);
        stats.GetProperty("avg_temperature").GetDouble().ShouldBe(34.5);
    }

    [Fact]
    public async Task The_export_has_every_reading_once_also_those_of_the_same_instant()
    {
        var at = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        await _ana.UploadAsync();
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        var household = await connection.QuerySingleAsync<long>("select household_id from health_reading where account_id = @id", new { id = _ana.UserId });
        await _server.Services.GetRequiredService<ReadingTable>().AddAsync(
            [.. Enumerable.Range(0, 2500).Select(i => new Reading { HouseholdId = household, AccountId = _ana.UserId, CreatedAt = at.AddSeconds(i / 7), Temperature = 20, Notes = $"n{i}" })],
            TestContext.Current.CancellationToken);

        var lines = (await _ana.Http.GetStringAsync("/api/v1/health/readings.csv?to=2026-04-01T00:00:00Z", TestContext.Current.CancellationToken)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        lines.Length.ShouldBe(2501);
        lines.Distinct().Count().ShouldBe(2501);
    }
}
