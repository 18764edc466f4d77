using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Server.Hosting;
using Vigil.Testing;

namespace Vigil.Server.Tests.Hosting;

public sealed class PlainConsoleTests
{
    [Theory]
    [InlineData(LogLevel.Information, "Camera 7 is live", " Camera 7 is live")]
    [InlineData(LogLevel.Warning, "The disk is full", " warning: The disk is full")]
    [InlineData(LogLevel.Error, "A camera called \u001b[2J\r\n03:00:00 All is well", " error: A camera called [2J 03:00:00 All is well")]
    public void A_line_has_the_time_the_level_where_it_matters_and_the_sentence(LogLevel level, string message, string line)
    {
        Written(level, message, null)[8..].ShouldBe(line + Environment.NewLine);
    }

    [Fact]
    public void A_fault_in_the_program_stays_on_its_line()
    {
        var text = Written(LogLevel.Error, "It broke.", new InvalidOperationException("first\nsecond"));

        text.TrimEnd().ShouldEndWith(" error: It broke. System.InvalidOperationException: first second");
        text.Split('\n').Length.ShouldBe(2);
    }

    private static string Written(LogLevel level, string message, Exception? problem)
    {
        using var text = new StringWriter();
        new PlainConsole(new ManualTime()).Write(
            new LogEntry<string>(level, "Vigil.Server.Live.WebRtcLeases", new EventId(1310), message, problem, (state, _) => state), null, text);
        return text.ToString();
    }
}
